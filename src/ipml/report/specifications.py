"""``ipml specification_curve``: the figure, angles above and the matrix of choices below, and the table."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from rich.table import Table

from ipml.console import console
from ipml.evaluation.settings import SpecificationCurveSettings
from ipml.evaluation.specifications.choices import BASE, varied_choices
from ipml.evaluation.specifications.stage import CHOICES, Curve, collect_curve
from ipml.figures import BLACK, BLUE, DPI, GREY, ORANGE
from ipml.tracking import Workspace


def report_curve(settings: SpecificationCurveSettings, workspace: Workspace) -> Curve:
    """Collect the specifications of a pair, draw them into the run, and print them."""
    curve = collect_curve(
        settings, workspace, lambda found: curve_figure(found.table, CHOICES, found.title, found.confidence)
    )
    console.print(curve_table(curve.table, curve.title))
    if curve.n_older:
        console.print(
            f"left out: {curve.n_older} evaluations of runs that older versions made", highlight=False
        )
    if curve.n_others:
        console.print(f"left out: {curve.n_others} evaluations of another corpus", highlight=False)
    return curve


def curve_figure(table: pd.DataFrame, choices: Sequence[str], title: str, confidence: float) -> Figure:
    """Draw the specifications of a pair from the smallest angle to the largest; the base stands on a grey band.

    Parameters
    ----------
    table
        Of `choices.one_a_specification`.
    choices
        Its columns of choices; those that never differ are left out.
    """
    shown = [(name, str(value)) for name in varied_choices(table, choices) for value in table[name].unique()]
    figure = Figure(figsize=(4.2 + 0.28 * len(table), 3.2 + 0.22 * len(shown)), dpi=DPI, layout="constrained")
    figure.suptitle(title)
    angles, matrix = figure.subplots(2, 1, sharex=True, height_ratios=[10, max(len(shown), 1)])
    places = range(len(table))
    for place in (place for place in places if table["varied"][place] == BASE):
        for axes in (angles, matrix):
            axes.axvspan(place - 0.5, place + 0.5, color="#EEEEEE", zorder=0)
    angles.scatter(places, table["plug_in"], facecolors="none", edgecolors=ORANGE, s=30, label="plug-in")
    known = table["debiased"].notna().to_numpy()
    value = table["debiased"][known]
    angles.errorbar(
        [place for place in places if known[place]],
        value,
        yerr=[value - table["low"][known], table["high"][known] - value],
        fmt="o",
        color=BLUE,
        capsize=2,
        markersize=4,
        label=f"debiased, {confidence:.0%} interval (ridge only)",
    )
    angles.set_ylabel("degrees")
    angles.set_ylim(bottom=-0.8)  # an estimate of 0 is shown whole
    angles.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    angles.legend(loc="best", frameon=False, fontsize=8)
    for row, (name, chosen) in enumerate(shown):
        has = table[name].astype(str) == chosen
        colours = [BLACK if of_this else "#DDDDDD" for of_this in has]
        matrix.scatter(places, [row] * len(table), c=colours, s=22, marker="s")
    starts = [row for row in range(1, len(shown)) if shown[row][0] != shown[row - 1][0]]
    for row in starts:
        matrix.axhline(row - 0.5, color=GREY, linewidth=0.5)
    matrix.set_yticks(range(len(shown)), [f"{name}: {value}" for name, value in shown], fontsize=8)
    matrix.set_ylim(len(shown) - 0.4, -0.6)
    matrix.set_xticks([])
    matrix.set_xlabel("specifications, by their angle")
    for axes in (angles, matrix):
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def curve_table(table: pd.DataFrame, title: str) -> Table:
    """Angles of the specifications, from the smallest to the largest."""
    shown = Table(
        title=title, caption=f"choices that differ: {', '.join(varied_choices(table, CHOICES)) or 'none'}"
    )
    for header in ("varied from the base", "plug-in", "debiased", "interval"):
        shown.add_column(header, justify="left" if header.startswith("varied") else "right")
    for row in table.to_dict("records"):
        known = not pd.isna(row["debiased"])
        interval = f"{row['low']:.1f}-{row['high']:.1f}" if known else ""
        shown.add_row(
            str(row["varied"]), f"{row['plug_in']:.1f}", f"{row['debiased']:.1f}" if known else "", interval
        )
    return shown
