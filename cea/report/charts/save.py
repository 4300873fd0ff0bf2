"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cea.report.style import draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: Figure, directory: Path | str, name: str) -> tuple[Path, Path]:
    """Write a figure as PNG (300 dpi) and SVG (text kept as text).

    The same figure gives the same bytes every time.

    Parameters
    ----------
    figure
        What to write.
    directory
        Where to; made if it does not exist.
    name
        File name without its ending.

    Returns
    -------
    tuple of Path
        The PNG and the SVG file.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / f"{name}.png", folder / f"{name}.svg"
    for path, content in zip(paths, as_files(figure).values(), strict=True):
        path.write_bytes(content)
    return paths


def as_files(figure: Figure) -> dict[str, bytes]:
    """Return a figure as the content of a PNG and an SVG file, by their endings."""
    engine = figure.get_layout_engine()
    found = {}
    for ending in ("png", "svg"):
        found[ending] = draw(figure, ending)
        figure.set_layout_engine("none")  # the layout of the PNG serves the SVG too
    figure.set_layout_engine(engine)
    return found
