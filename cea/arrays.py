"""Types of arrays, and arrays that nobody can write to."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int_]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

_Any = TypeVar("_Any", bound=np.generic)


def read_only(array: npt.NDArray[_Any]) -> npt.NDArray[_Any]:
    """Return a view of an array that cannot be written through; the array stays as it is."""
    view = array.view()
    view.setflags(write=False)
    return view


def seal(owner: object) -> None:
    """Put read-only views in the place of an object's arrays, also of those in a dict."""
    for name, value in list(vars(owner).items()):
        if isinstance(value, np.ndarray):
            object.__setattr__(owner, name, read_only(value))
        elif isinstance(value, dict) and any(isinstance(v, np.ndarray) for v in value.values()):
            object.__setattr__(owner, name, {
                key: read_only(v) if isinstance(v, np.ndarray) else v for key, v in value.items()
            })  # fmt: skip


class ReadOnly:
    """A frozen dataclass whose arrays cannot be written to either.

    Results are kept and shared: a change of one would silently change others that are computed
    from it.
    """

    def __post_init__(self) -> None:
        """Take read-only views of the arrays; the caller's own stay writable."""
        seal(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle; NumPy forgets on the way that an array is read-only."""
        self.__dict__.update(state)
        self.__post_init__()
