"""Names of files and sheets: legal, and each of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SHEET = 31  # characters that Excel takes
_NO_SHEET = ("History",)  # a name that Excel keeps for itself


def file_name(name: str) -> str:
    """Return a name as part of a file's.

    >>> file_name("SOR-TACE"), file_name("+")
    ('sor_tace', 'strategy')
    """
    return "".join(c if c.isalnum() else "_" for c in name).strip("_").lower() or "strategy"


def file_names(names: Iterable[str]) -> list[str]:
    """Return names as parts of files', no two alike.

    >>> file_names(["A", "A+", "A 2", "B"])
    ['a', 'a_3', 'a_2', 'b']
    """
    return apart([file_name(name) for name in names], "_{}")


def sheet_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return names as those of sheets: Excel takes 31 characters, and not all of them.

    >>> sheet_names(["OS", "os", "OS/PFS: [a]"], ["Summary"])
    ['OS', 'os (2)', 'OS PFS   a']
    """
    legal = [re.sub(r"[\[\]:*?/\\']", " ", name)[:_SHEET].strip() for name in names]
    return apart([name or "End point" for name in legal], " ({})", [*taken, *_NO_SHEET], _SHEET)


def apart(
    names: Sequence[str], mark: str, taken: Iterable[str] = (), longest: int | None = None
) -> list[str]:
    """Number the names that another has already, whatever the case of their letters.

    The first of a name keeps it, and a number never makes a name that another keeps.

    Parameters
    ----------
    names
        What to call things.
    mark
        What a number looks like, e.g. ``_{}``.
    taken
        Names that are not to be had.
    longest
        Characters of the longest name.
    """
    held = {name.casefold() for name in taken}
    first: set[int] = set()
    for position, name in enumerate(names):
        if name.casefold() not in held:
            held.add(name.casefold())
            first.add(position)
    made = []
    for position, name in enumerate(names):
        tried, number = name, 1
        while position not in first and tried.casefold() in held:
            number += 1
            end = mark.format(number)
            tried = name[: None if longest is None else longest - len(end)] + end
        held.add(tried.casefold())
        made.append(tried)
    return made
