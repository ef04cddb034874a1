"""Table on the screen and figure: each model and order, and what the attention adds to random orders."""

from itertools import cycle

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table
from rich.text import Text

from ipml.faithfulness.rescoring import RANDOM
from ipml.figures import BLACK, BLUE, DPI, GREEN, ORANGE, PURPLE, SKY

_HEADERS = {
    "comprehensiveness": "comprehen-\nsiveness",
    "sufficiency": "\nsufficiency",
    "aopc_comprehensiveness": "AOPC com-\nprehensiv.",
    "aopc_sufficiency": "AOPC suf-\nficiency",
    "deletion_area": "deletion\narea",
    "insertion_area": "insertion\narea",
}
_BETTER = ("higher", "lower", "higher", "lower", "lower", "higher")  # where the order is faithful
_PANELS = {
    "deletion": "share of the tokens taken away",
    "insertion": "share of the tokens kept alone",
}
_STYLES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), (PURPLE, "v"), (SKY, "^"))


def figure_table(results: pd.DataFrame) -> Table:
    """Tabulate figures with intervals, a section a model; the first order also as its difference to random."""
    share = results.loc[results["figure"] == "comprehensiveness", "share"].iloc[0]
    n, simulated = results["n_firms"].iloc[0], bool(results["simulated"].iloc[0])
    table = Table(
        title=f"Faithfulness at {share:.0%} of the tokens, {results['models'].iloc[0]}, "
        f"{n} {'simulated ' if simulated else ''}firms"
    )
    table.add_column("order\n\nfaithful if")
    for header, better in zip(_HEADERS.values(), _BETTER, strict=True):
        table.add_column(f"{header}\n{better}", justify="right")
    for model, of_model in results.groupby("model", sort=False):
        full = of_model[(of_model["figure"] == "deletion") & (of_model["share"] == 0)]["value"].iloc[0]
        table.add_section()
        table.add_row(Text.assemble((str(model), "bold"), f"\n  whole site: {full:.3f}"))
        orders = of_model["order"].unique()
        for order in orders:
            rows = of_model[of_model["order"] == order].set_index("figure")
            table.add_row(str(order), *_cells(rows, ("value", "low", "high")))
        first = of_model[of_model["order"] == orders[0]].set_index("figure")
        columns = ("difference", "difference_low", "difference_high")
        table.add_row(f"{orders[0]} - {RANDOM}", *_cells(first, columns, sign="+"))
    return table


def _cells(rows: pd.DataFrame, columns: tuple[str, str, str], sign: str = "") -> list[str]:
    cells = []
    for figure in _HEADERS:
        value, low, high = rows.loc[figure, list(columns)].to_numpy(dtype=float).tolist()
        interval = "" if low != low else f"\n{low:{sign}.3f}, {high:{sign}.3f}"
        cells.append(f"{value:{sign}.3f}{interval}")
    return cells


def curve_figure(results: pd.DataFrame) -> Figure:
    """Draw the curves of all models: deletion in the upper row, insertion in the lower, a column a model."""
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
