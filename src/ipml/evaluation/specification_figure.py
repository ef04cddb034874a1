"""Figure of a specification curve: angles above, the matrix of choices below."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from ipml.evaluation.specifications import BASE, varied_choices
from ipml.figures import BLACK, BLUE, DPI, GREY, ORANGE


def curve_figure(table: pd.DataFrame, choices: Sequence[str], title: str, confidence: float) -> Figure:
    """Draw the specifications of a pair from the smallest angle to the largest; the base stands on a grey band.

    Parameters
    ----------
    table
        Of `specifications.one_a_specification`.
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
