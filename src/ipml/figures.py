"""What all figures share: colours, resolution, where they say they come from, and how they are written."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ipml.files import atomic_path
from ipml.provenance import Provenance

# Okabe & Ito 2008: told apart with every kind of colour vision; the marks differ in shape too.
BLUE, ORANGE, GREEN, PURPLE, SKY, BLACK, GREY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#000000",
    "#8C8C8C",
)
DPI = 150


FORMATS = ("png", "pdf")  # of every figure of a run
_SMALL, _CHARACTER = 5.0, 0.55  # points, and the width of a character in them
_BELOW = 0.04  # inches between figure and small print
_POINTS = 72  # an inch


def save_figure(figure: Figure, path: Path, source: Provenance | None = None) -> None:
    """Write a figure in the format that its ending says, PNG or PDF, whole or not at all.

    Parameters
    ----------
    source
        Where it comes from: goes into the file and in small print below the figure, outside of its own area.
    """
    ending = path.suffix.removeprefix(".")
    metadata: dict[str, Any] = {"Software": None} if ending == "png" else {"CreationDate": None}
    if source is not None:
        metadata = source.metadata(ending)
    FigureCanvasAgg(figure)
    with atomic_path(path) as temporary, rc_context({"pdf.fonttype": 42}), _small_print(figure, source):
        figure.savefig(temporary, format=ending, bbox_inches="tight", metadata=metadata)


@contextmanager
def _small_print(figure: Figure, source: Provenance | None) -> Iterator[None]:
    """Hang a note under a figure while it is written."""
    if source is None:
        yield
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it stays as it was laid out
    # A legend would move down, with the box that is cut out around figure and note.
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0, 0, 1, 1), figure.transFigure)
    drawn = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    lines = textwrap.wrap(source.small_print, max(int(drawn.width * _POINTS / (_SMALL * _CHARACTER)), 20))
    place = drawn.x0 / width, (drawn.y0 - _BELOW) / height
    note = figure.text(*place, "\n".join(lines), fontsize=_SMALL, color=GREY, verticalalignment="top")
    note.set_parse_math(False)  # a `$` of a command is no formula
    note.set_usetex(False)
    try:
        yield
    finally:
        note.remove()
