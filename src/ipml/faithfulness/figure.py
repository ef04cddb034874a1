"""Figure: deletion and insertion curves of each model and order, with their intervals."""

from itertools import cycle

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ipml.faithfulness.rescoring import RANDOM
from ipml.figures import BLACK, BLUE, DPI, GREEN, ORANGE, PURPLE, SKY

_PANELS = {
    "deletion": "share of the tokens taken away",
    "insertion": "share of the tokens kept alone",
}
_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), (PURPLE, "v"), (SKY, "^"))


def curve_figure(results: pd.DataFrame) -> Figure:
    """Curves of all models: deletion in the upper row, insertion in the lower, a column a model."""
    models = list(results["model"].unique())
    n, simulated = results["n_firms"].iloc[0], bool(results["simulated"].iloc[0])
    orders = [order for order in results["order"].unique() if order != RANDOM]
    styles = {RANDOM: (BLACK, "|"), **dict(zip(orders, cycle(_STYLES), strict=False))}
    size = (1.2 + 2.9 * len(models), 6.2)
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    figure.suptitle(
        f"Probability of the predicted class, mean over {n} firms{' (simulated)' if simulated else ''}"
    )
    grid = figure.subplots(2, len(models), sharey=True, squeeze=False)
    for row, (curve, label) in zip(grid, _PANELS.items(), strict=True):
        row[0].set_ylabel(curve)
        for axes, model in zip(row, models, strict=True):
            points = results[(results["model"] == model) & (results["figure"] == curve)]
            for order, of_order in points.groupby("order", sort=False):
                _draw(axes, of_order, str(order), *styles[str(order)])
            axes.set_xlabel(label)
            axes.grid(color="#DDDDDD", linewidth=0.6)
            axes.spines[["top", "right"]].set_visible(False)
    for axes, model in zip(grid[0], models, strict=True):
        axes.set_title(model, fontsize=10)
    marks, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(
        marks, labels, loc="outside lower center", ncols=len(labels), frameon=False, title="95 % intervals"
    )
    return figure


def _draw(axes: Axes, points: pd.DataFrame, label: str, colour: str, marker: str) -> None:
    axes.plot(points["share"], points["value"], color=colour, marker=marker, markersize=4, label=label)
    axes.fill_between(points["share"], points["low"], points["high"], color=colour, alpha=0.15, linewidth=0)
