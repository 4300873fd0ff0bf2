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
    engine = figure.get_layout_engine()
    for path in paths:
        path.write_bytes(draw(figure, path.suffix[1:]))
        figure.set_layout_engine("none")  # the layout of the PNG serves the SVG too
    figure.set_layout_engine(engine)
    return paths
