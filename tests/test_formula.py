"""The formula language against Excel's rules and Python's arithmetic."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cea.formula import (
    FUNCTIONS,
    Bounds,
    Expression,
    FormulaSyntaxError,
    OutsideLanguageError,
    is_cell_address,
    parse,
)


def _value(text, **names):
    return float(parse(text).evaluate(names))


# Excel's own results.
EXCEL = {
    # precedence, from the tightest: unary minus, %, ^, * /, + -, comparison; all from the left
    "-2^2": 4,
    "0-2^2": -4,
    "1-2^2": -3,
    "2^3^2": 64,
    "2^-1": 0.5,
    "2^-2^2": 0.0625,
    "-2^-2": 0.25,
    "--3": 3,
    "+-+3": -3,
    "2--3": 5,
    "2*-3": -6,
    "-5%": -0.05,
    "50%^2": 0.25,
    "2^50%": math.sqrt(2),
    "200%%": 0.02,
    "(1+1)%": 0.02,
    "10-4-3": 3,
    "100/10/5": 2,
    "100/10*5": 50,
    "2+3*4": 14,
    "(2+3)*4": 20,
    "2*3^2": 18,
    "-3*-2": 6,
    "-2^2*3": 12,
    "1+2=3": 1,
    "3>2>1": 0,  # (3>2) is TRUE, and 1 > 1 is FALSE
    "1=1=1": 1,
    "2<>2": 0,
    "1+(2>1)": 2,
    "(2>1)*(3>=3)*10": 10,
    "-(2>1)": -1,
    "(1>2)%": 0,
    "TRUE+TRUE": 2,
    "true*5": 5,
    "FALSE": 0,
    # numbers and blanks
    "1.5e3": 1500,
    "1E-2": 0.01,
    ".5": 0.5,
    "5.": 5,
    "  7  +  3 ": 10,
    # functions
    "IF(1>2,10,20)": 20,
    "IF(2,10,20)": 10,
    "IF(0,10)": 0,
    "if(1,2,3)": 2,
    "MIN(3)": 3,
    "MIN(3,-1,2)": -1,
    "MAX(3,-1,7,2)": 7,
    "SUM(1,2,3,4)": 10,
    "SUM(TRUE,1)": 2,
    "ABS(-3.5)": 3.5,
    "SQRT(16)": 4,
    "EXP(1)": math.e,
    "LN(EXP(2))": 2,
    "LOG10(1000)": 3,
    "POWER(2,10)": 1024,
    "POWER(4,-0.5)": 0.5,
    "PI()": math.pi,
    "AND(1,2,3)": 1,
    "AND(1,0)": 0,
    "AND(1>0,2>1)": 1,
    "OR(0,0)": 0,
    "OR(0,-1)": 1,
    "NOT(0)": 1,
    "NOT(3)": 0,
    "NOT(1=2)+1": 2,
}


# Half away from zero, of the decimal number that is shown; exactly.
ROUNDED = {
    "ROUND(2.4,0)": 2,
    "ROUND(2.5,0)": 3,
    "ROUND(-2.5,0)": -3,
    "ROUND(3.5,0)": 4,
    "ROUND(-0.4,0)": 0,
    "ROUND(2.675,2)": 2.68,  # though the double lies below
    "ROUND(1.005,2)": 1.01,
    "ROUND(-1.005,2)": -1.01,
    "ROUND(1234.567,-2)": 1200,
    "ROUND(1250,-2)": 1300,
    "ROUND(0,3)": 0,
    "ROUND(0.285,2)": 0.29,
    "ROUND(1.4999999,0)": 1,
    "ROUND(2.567,1.9)": 2.6,  # digits are cut to a whole number
    "ROUND(10000000000000,2)": 1e13,
    "ROUND(600000000,6)": 6e8,
    "ROUND(5000000000000001,0)": 5000000000000001,
}


@pytest.mark.parametrize("text", ROUNDED)
def test_round(text):
    assert _value(text) == ROUNDED[text]


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_round_keeps_what_is_round_already(k, digits):
    x = k / 10**digits
    assert float(parse(f"ROUND(x,{digits})").evaluate({"x": x})) == x


@given(st.integers(-(10**6), 10**6), st.integers(1, 6))
def test_round_to_tens(k, digits):
    whole = k * 10**digits
    for nearly in (whole, whole + 0.4 * 10**digits, whole - 0.4 * 10**digits):
        assert float(parse(f"ROUND(x,-{digits})").evaluate({"x": float(nearly)})) == whole


def test_zero_to_the_power_zero_has_no_value():
    assert math.isnan(_value("0^0"))
    assert math.isnan(_value("POWER(0,0)"))


@pytest.mark.parametrize("text", EXCEL)
def test_excel(text):
    assert _value(text) == pytest.approx(EXCEL[text], rel=1e-15, abs=1e-300)
    assert _value(f"={text}") == pytest.approx(EXCEL[text], rel=1e-15, abs=1e-300)


def test_every_function_is_tested():
    for name in FUNCTIONS:
        assert any(f"{name}(" in text.upper() for text in [*EXCEL, *ROUNDED]), name


def test_names_ignore_case():
    expression = parse("=C_Drug * rdi_DRUG + c_drug")
    assert expression.names == {"c_drug", "rdi_drug"}
    assert float(expression.evaluate({"c_drug": 100.0, "rdi_drug": 0.5})) == 150


@pytest.mark.parametrize("name", ["c_drug", "_x", "u.pf", "größe", "costs1_a", "os_hr", "q1.5"])
def test_names(name):
    assert parse(f"={name}*2").names == {name.lower()}
    assert _value(f"={name}*2", **{name.lower(): 4.0}) == 8


@pytest.mark.parametrize("name", ["A1", "xfd1048576", "R1C1", "r", "C", "rc", "B12", "r2c", "PFS1"])
def test_cell_addresses_are_not_names(name):
    assert is_cell_address(name)
    with pytest.raises(OutsideLanguageError, match="is a cell"):
        parse(f"={name}*2")


# --- values for every draw ------------------------------------------------------------------


def test_draws():
    """A parameter may be a float or an array; so may the result."""
    a, b = np.array([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    values = {"a": a, "b": b, "d": 10.0}
    assert parse("=a*d+b").evaluate(values).tolist() == [13, 22, 31]
    assert parse("=IF(a>b,a,-b)").evaluate(values).tolist() == [-3, -2, 3]
    assert parse("=IF(a>=b,1,0)*d").evaluate(values).tolist() == [0, 10, 10]
    assert parse("=MAX(a,b,2.5)").evaluate(values).tolist() == [3, 2.5, 3]
    assert parse("=AND(a>1,b>1)").evaluate(values).tolist() == [0, 1, 0]
    assert parse("=OR(a>2,b>2)").evaluate(values).tolist() == [1, 0, 1]
    assert parse("=NOT(a=2)").evaluate(values).tolist() == [1, 0, 1]
    assert parse("=ROUND(a/2,0)").evaluate(values).tolist() == [1, 1, 2]
    assert parse("=SUM(a,b,d)").evaluate(values).tolist() == [14, 14, 14]
    assert np.shape(parse("=d^2").evaluate(values)) == ()


def test_draws_are_not_changed():
    a = np.array([1.0, 2.0])
    parse("=-a^2+a%").evaluate({"a": a})
    assert a.tolist() == [1.0, 2.0]
    found = parse("a").evaluate({"a": a})
    assert found.tolist() == [1.0, 2.0]


def test_a_branch_not_taken_does_no_harm():
    """No warning, no error: only the branch that counts is looked at."""
    a = np.array([-1.0, 0.0, math.e])
    assert parse("=IF(a>0,LN(a),0)").evaluate({"a": a}).tolist() == [0, 0, 1]
    assert parse("=IF(a=0,5,1/a)").evaluate({"a": a})[1] == 5


@pytest.mark.parametrize("text", ["1/0", "-1/0", "0/0", "LN(0)", "LN(-1)", "SQRT(-1)",
                                  "LOG10(0)", "EXP(1000)", "POWER(-8,1/3)"])  # fmt: skip
def test_what_excel_calls_an_error_is_not_finite(text):
    assert not math.isfinite(_value(text))


# --- errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=Costs!B3*2", "'!'"),
        ("=A1:B3", "':'"),
        ("=$B$3", r"'\$'"),
        ('="text"', '"text"'),
        ('=IF(x="a",1,2)', '"a"'),
        ("=VLOOKUP(x,y,2)", "VLOOKUP"),
        ("=sumproduct(x,y)", "SUMPRODUCT"),
        ("=x&y", "'&'"),
        ("={1,2}", "'{'"),
        ("=x;y", "';'"),
        ("=#REF!", "'#'"),
        ("='My sheet'!A1", "'''"),
        ("=[Book1.xlsx]S!A1", r"'\['"),
        ("=x@y", "'@'"),
        ("=TRUE()", "TRUE"),
    ],
)
def test_sound_excel_outside_the_language(text, says):
    with pytest.raises(OutsideLanguageError, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=", "empty"),
        ("", "empty"),
        ("   ", "empty"),
        ("=2*", "ends where a value"),
        ("=*2", r"'\*' stands where a value"),
        ("=(1+2", r"the formula ends where '\)' is expected"),
        ("=1+2)", r"'\)' is not expected"),
        ("=2 3", "'3' is not expected"),
        ("=2x", "'x' is not expected"),
        ("=x y", "'y' is not expected"),
        ("=()", r"'\)' stands where a value"),
        ("=MIN()", "MIN takes 1 to 255 arguments, not 0"),
        ("=MAX(1,,2)", "',' stands where a value"),
        ("=MAX(1,2", r"the formula ends where '\)' is expected"),
        ("=SQRT(1,2)", "SQRT takes 1 arguments, not 2"),
        ("=ROUND(1)", "ROUND takes 2 arguments, not 1"),
        ("=IF(1,2,3,4)", "IF takes 2 to 3 arguments, not 4"),
        ("=PI(1)", "PI takes 0 arguments, not 1"),
        ("=1,2", "',' is not expected"),
        ("=1=>2", "'>' stands where a value"),
        ("=%5", "'%' stands where a value"),
        ("==1", "'=' stands where a value"),
        ("=1.2.3", "'.3' is not expected"),
    ],
)
def test_malformed(text, says):
    with pytest.raises(FormulaSyntaxError, match=says) as error:
        parse(text)
    assert not isinstance(error.value, OutsideLanguageError)


# --- expressions ----------------------------------------------------------------------------


def test_constant():
    found = Expression.constant(3, where="Costs!G4 (Amount)")
    assert not found.is_formula
    assert found.names == frozenset()
    assert float(found.evaluate({})) == 3
    assert found.where == "Costs!G4 (Amount)"
    assert parse("=3") == found
    assert not parse("3").is_formula
    assert parse("=3*1").is_formula


def test_expressions_are_equal_if_they_compute_the_same():
    assert parse("=a + B", where="here") == parse("A+b", where="there", bounds=Bounds(minimum=0))
    assert parse("=a+b") != parse("=b+a")
    assert len({parse("a+1"), parse("=A+1")}) == 1


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "says"),
    [
        (Bounds(), [-1e9, 0.0, 1e9], [], ""),
        (Bounds(minimum=0), [0.0, 5.0], [-1e-9], "at least 0"),
        (Bounds(above=0), [1e-9], [0.0, -1.0], "above 0"),
        (Bounds(maximum=1), [1.0, -3.0], [1.0001], "at most 1"),
        (Bounds(minimum=0, maximum=1), [0.0, 1.0], [-0.1, 1.1], "between 0 and 1"),
        (Bounds(above=0, maximum=2.5), [2.5], [0.0, 2.6], "above 0 and at most 2.5"),
    ],
)
def test_bounds(bounds, inside, outside, says):
    values = np.array([*inside, *outside])
    expected = [False] * len(inside) + [True] * len(outside)
    assert bounds.violated(values).tolist() == expected
    assert str(bounds) == says


# --- random trees ---------------------------------------------------------------------------

NAMES = {"a": 1.5, "b_2": -0.75, "Cost.x": 3.25}
_OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_COMPARISONS = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip

# A tree is (text, strength of its weakest operator, value); parentheses are printed only where
# Excel's precedence asks for them. Strengths: 1 comparison, 2 + -, 3 * /, 4 ^, 5 %, 6 sign, 7 atom.
_numbers = st.integers(0, 200).map(lambda k: (str(k / 8), 7, k / 8))
_names = st.sampled_from(sorted(NAMES)).map(lambda name: (name, 7, NAMES[name]))


def _in(tree, strength):
    text, own, _ = tree
    return text if own >= strength else f"({text})"


def _binary(parts):
    (symbol, function), left, right, space = parts
    strength = 3 if symbol in "*/" else 2 if symbol in "+-" else 1
    text = f"{_in(left, strength)}{space}{symbol}{space}{_in(right, strength + 1)}"
    return text, strength, float(function(left[2], right[2]))


def _divided(parts):
    left, divisor = parts
    return f"{_in(left, 3)}/{divisor / 4}", 3, left[2] / (divisor / 4)


def _power(parts):
    base, exponent = parts
    return f"{_in(base, 4)}^{exponent}", 4, float(base[2] ** exponent)


def _call(parts):
    name, trees = parts
    values = [value for _, _, value in trees]
    results = {
        "MIN": min, "max": max, "Sum": lambda x: sum(x), "ABS": lambda x: abs(x[0]),
        "IF": lambda x: x[1] if x[0] != 0 else x[2], "and": lambda x: float(all(x)),
        "OR": lambda x: float(any(x)), "NOT": lambda x: float(not x[0]),
    }  # fmt: skip
    count = {"ABS": 1, "NOT": 1, "IF": 3}.get(name, len(trees))
    inner = ", ".join(text for text, _, _ in trees[:count])
    return f"{name}({inner})", 7, float(results[name](values[:count]))


def _grow(trees):
    symbols = st.sampled_from([*_OPERATORS.items(), *_COMPARISONS.items()])
    return st.one_of(
        st.tuples(symbols, trees, trees, st.sampled_from(["", " "])).map(_binary),
        st.tuples(trees, st.integers(1, 40)).map(_divided),
        st.tuples(trees, st.integers(1, 3)).map(_power),
        trees.map(lambda tree: (f"{_in(tree, 5)}%", 5, tree[2] / 100)),
        trees.map(lambda tree: (f"-{_in(tree, 6)}", 6, -tree[2])),
        trees.map(lambda tree: (f"+{_in(tree, 6)}", 6, tree[2])),
        st.tuples(
            st.sampled_from(["MIN", "max", "Sum", "ABS", "IF", "and", "OR", "NOT"]),
            st.lists(trees, min_size=3, max_size=4),
        ).map(_call),
    )


trees = st.recursive(_numbers | _names, _grow, max_leaves=12)


@given(trees)
def test_random_formulas(tree):
    text, _, expected = tree
    values = {name.lower(): x for name, x in NAMES.items()}
    found = float(parse(f"={text}").evaluate(values))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(trees)
def test_random_formulas_over_draws(tree):
    """Over draws the same as one draw at a time."""
    expression = parse(tree[0])
    draws = {name.lower(): np.array([x, -x, 2.0]) for name, x in NAMES.items()}
    together = np.broadcast_to(expression.evaluate(draws), 3)
    for k in range(3):
        alone = expression.evaluate({name: float(x[k]) for name, x in draws.items()})
        assert together[k] == alone


@given(st.text(alphabet='ab1.^%*/+-=<>(),! $"MAXIF', max_size=14))
def test_any_text_gives_a_value_or_an_error_of_the_language(text):
    try:
        expression = parse(text)
    except FormulaSyntaxError:
        return
    assert np.shape(expression.evaluate(dict.fromkeys(expression.names, 2.0))) == ()
