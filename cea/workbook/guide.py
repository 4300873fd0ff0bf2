"""The workbook guide, from the schema: ``python -m cea.workbook.guide > docs/workbook.md``."""

from __future__ import annotations

from cea.formula import FUNCTIONS
from cea.streams import use_unicode
from cea.survival.families import FAMILIES
from cea.survival.family import Family, FamilyParameter
from cea.survival.spline import Spline
from cea.workbook.build_parameters import TAKEN
from cea.workbook.schema import SETTINGS, SHEETS, Field, Sheet, editable_sheets

_INTRODUCTION = """\
# The workbook

One workbook holds everything an analysis needs. `cea new my_model.xlsx` makes a blank one,
`cea new my_model.xlsx --example sor_tace` one to start from. This page is made from the schema that
the reader, the checks and the template use; `python -m cea.workbook.guide` prints it.

Names of sheets and columns, and words from a list, may be typed in any case. Columns may stand in any
order and the header in any of the first ten rows. Sheets and columns of your own are left alone;
`cea validate` lists the sheets that are not read. Only where a column or a sheet of the workbook's own is
missing, and one that is not read may be it under another name, you are asked to rename it, or to add the
missing column, which may be empty. Your workbook is only read, never written to.

## Cells

A number is a number: text that looks like one, a percentage typed as text, a date, TRUE or FALSE, an
Excel error and merged cells are refused, each with its place and what to do. All problems of a
workbook are shown at once.

**Formulas.** A cell of kind *number or formula* may hold an ordinary Excel formula over parameter
names, such as `=c_sorafenib_month*rdi_sorafenib`. Excel shows its value; the tool evaluates it for
every draw, so a derived quantity moves in the PSA and the tornado. The language: `+ - * / ^ %`,
comparisons, parentheses, {functions}. Precedence is Excel's: `-2^2` is 4 and `2^3^2` is 64. Names do
not distinguish case. A formula outside this language (another sheet, VLOOKUP) is used at the value
that Excel stored, held fixed, and listed in a warning.

**Names of parameters** have letters a-z, digits and underscores, and no digit first. Names that Excel
reads as a cell (`PFS1`), words of its formulas (`EXP`) and columns of the results are refused: {taken}.

**A parameter whose Base is a formula.** Without a distribution it is recomputed for every draw. With
one it is a quantity of its own: sampled around the formula's base value, and left there when another
parameter moves.

**A scenario relative to the base case.** In the sheets Scenarios and Subgroups a row that edits a parameter
may use the parameter's own name: it means the Base before the edit, in Base, Low, High, SE, Par1 and Par2
alike. So `=0.8*c_drug` for the Base of c_drug is a price 20% lower, and Excel shows it. If that Base is a
formula, the name means the formula. Every other name means its value in the scenario. An edit of Base
leaves SE, Low, High and the distribution as they are typed; where the PSA then cannot follow (Par1 and
Par2, or a uniform's Low and High, say where it lies), a warning says so.

**Where the spread of a distribution comes from.** SE, or Par1 and Par2, or Low and High read as a
95% interval: SE = (High - Low)/3.92, for a lognormal of the logarithms. The distribution stays
centred on Base: where Base is far from the middle of Low and High, the PSA has another interval, which a
warning gives. Uniform, triangular and PERT take Low and High as minimum and maximum. Low and High are also the ends of the tornado's bar; where
they are blank, the 2.5% and 97.5% quantiles of the distribution are.
"""

_FAMILIES = """\
## Survival families

Parameterisations are flexsurv's; time is in months. Par1, Par2, ... in the order given.

"""


def guide() -> str:
    """Return the guide as Markdown."""
    parts = [
        _INTRODUCTION.format(
            functions=" ".join(FUNCTIONS), taken=", ".join(f"`{x}`" for x in sorted(TAKEN))
        )
    ]
    for sheet in SHEETS:
        parts.append(_sheet(sheet))
        if sheet.name == "Settings":
            parts.append(_table(SETTINGS, "Setting"))
    parts.append(_FAMILIES + "\n".join(_families()) + "\n")
    return "\n".join(parts)


def _sheet(sheet: Sheet) -> str:
    needed = "Needed." if sheet.required else "Optional."
    address = ".".join(sheet.key)
    item = (
        f" Scenarios address a row by `{address}`."
        if sheet.name in editable_sheets("Scenarios")
        else ""
    )
    return (
        f"## {sheet.name}\n\n{sheet.description} {needed}{item}\n\n"
        + _table(sheet.columns, "Column")
    )  # fmt: skip


def _table(fields: tuple[Field, ...], head: str) -> str:
    rows = [f"| {head} | Kind | Unit | Allowed | If blank | Meaning |", "|---|---|---|---|---|---|"]
    rows += [
        f"| `{form.name}` | {form.kind} | {form.unit} | {_allowed(form)} | {_blank(form)} "
        f"| {form.description.replace('|', '/')} |"
        for form in fields
    ]
    return "\n".join(rows) + "\n"


def _allowed(form: Field) -> str:
    if form.choices:
        return ", ".join(form.choices)
    if form.choices_from:
        return f"a {form.choices_from}"
    limits = []
    if form.above is not None:
        limits.append(f"> {form.above:g}")
    if form.minimum is not None:
        limits.append(f">= {form.minimum:g}")
    if form.maximum is not None:
        limits.append(f"<= {form.maximum:g}")
    return ", ".join(limits)


def _blank(form: Field) -> str:
    if form.required:
        return "refused"
    return "" if form.default is None else f"{form.default}"


def _families() -> list[str]:
    gammas = tuple(FamilyParameter(name, positive=False) for name in ("gamma0", "gamma1", "..."))
    listed = [_family(name, type(family), family.parameters) for name, family in FAMILIES.items()]
    return [*listed, _family(Spline.name, Spline, gammas)]


def _family(name: str, kind: type[Family], parameters: tuple[FamilyParameter, ...]) -> str:
    named = ", ".join(f"{p.name} (> 0)" if p.positive else p.name for p in parameters)
    first = (kind.__doc__ or "").strip().split("\n\n")[0]
    return f"- `{name}`: {named}. {' '.join(first.split())}"


if __name__ == "__main__":
    use_unicode()
    print(guide(), end="")
