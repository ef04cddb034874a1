"""What all figures share: colours, resolution, and how they are written."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ipml.files import atomic_path

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


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all."""
    with atomic_path(path) as temporary:
        FigureCanvasAgg(figure)
        figure.savefig(temporary, format="png", bbox_inches="tight", metadata={"Software": None})
