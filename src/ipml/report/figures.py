"""Figures: angles with intervals, and mapping accuracies beside models that know less."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ipml.evaluation.results import BETWEEN_COUNTRIES, BETWEEN_FIRM_TYPES
from ipml.figures import BLACK, BLUE, DPI, GREEN, GREY, ORANGE, PURPLE, SKY
from ipml.report.summary import AngleLine, accuracy_lines, angle_lines, level_in_words

_PANELS = {BETWEEN_COUNTRIES: "Countries", BETWEEN_FIRM_TYPES: "Firm types"}
_OTHERS = {
    "mean_product": ("mean P", "|", BLACK),
    "identity": ("T itself", "x", GREY),
    "shuffled_pairs": ("A of shuffled pairs", "v", PURPLE),
    "ridge": ("ridge", "s", SKY),
    "orthogonal": ("orthogonal", "D", GREEN),
}


def angle_figure(results: pd.DataFrame, simulated: bool, confidence: float) -> Figure:
    """Angles of all pairs: countries in one panel, firm types in the other."""
    lines = angle_lines(results)
    panels = [kind for kind in _PANELS if any(line.comparison == kind for line in lines)]
    rows = max(sum(line.comparison == kind for line in lines) for kind in panels)
    columns = 3 if len(panels) > 1 else 1
    height = 1.6 + 0.36 * rows + 0.9 / columns
    figure = Figure(figsize=(6.2 * len(panels), height), dpi=DPI, layout="constrained")
    figure.suptitle(f"Angle between groups, {level_in_words(lines)}{' (simulated)' if simulated else ''}")
    grid = figure.subplots(1, len(panels), sharex=True, squeeze=False)[0]
    for axes, kind in zip(grid, panels, strict=True):
        _draw_angles(axes, [line for line in lines if line.comparison == kind], confidence)
        axes.set_title(_PANELS[kind], fontsize=10)
    grid[0].set_xlim(left=-0.8)  # an estimate of 0 is shown whole
    marks = {
        label: mark for axes in grid for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=columns, frameon=False)
    return figure


def accuracy_figure(results: pd.DataFrame, simulated: bool) -> Figure:
    """Mean test cosine of each mapping with its interval, beside the other models."""
    lines = accuracy_lines(results)
    figure = Figure(figsize=(7.2, 2.0 + 0.36 * len(lines)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    places = list(range(len(lines)))
    for name, (label, marker, colour) in _OTHERS.items():
        known = [(line.others[name], place) for place, line in enumerate(lines) if name in line.others]
        if known:
            values, at = zip(*known, strict=True)
            size, order = (170, 4) if marker == "|" else (36, 2)  # the null model to beat is never hidden
            axes.scatter(values, at, marker=marker, color=colour, s=size, label=label, zorder=order)
    _interval(axes, [(line.value, line.low, line.high) for line in lines], places, "A, with interval")
    _rows(axes, [f"{line.group} ({line.n})" for line in lines])
    axes.set_xlabel("mean cosine over test firms (their number in brackets)")
    title = f"What the conversion matrix adds to models that know less{' (simulated)' if simulated else ''}"
    figure.suptitle(title)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _draw_angles(axes: Axes, lines: list[AngleLine], confidence: float) -> None:
    places = list(range(len(lines)))
    for values, marker, label in (
        ([line.forward for line in lines], ">", "plug-in, first through second"),
        ([line.backward for line in lines], "<", "plug-in, second through first"),
    ):
        axes.scatter(values, places, marker=marker, facecolors="none", edgecolors=ORANGE, s=34, label=label)
    _interval(
        axes,
        [(line.debiased, line.low, line.high) for line in lines],
        places,
        f"debiased mean of both, {confidence:.0%} interval",
    )
    for references, marker, size, colour, label in (
        ([line.planted for line in lines], "|", 170, BLACK, "planted mean"),
        ([line.published for line in lines], "D", 30, GREY, "published mean (other data)"),
    ):
        known = [(value, place) for place, value in enumerate(references) if value is not None]
        if known:
            shown, at = zip(*known, strict=True)
            axes.scatter(shown, at, marker=marker, s=size, color=colour, linewidths=2, label=label, zorder=4)
    _rows(axes, [f"{line.within}  {line.pair}" for line in lines])
    axes.set_xlabel("degrees")


def _interval(axes: Axes, estimates: list[tuple[float, float, float]], places: list[int], label: str) -> None:
    values = [value for value, _, _ in estimates]
    sides = [value - low for value, low, _ in estimates], [high - value for value, _, high in estimates]
    axes.errorbar(
        values, places, xerr=sides, fmt="o", color=BLUE, capsize=3, markersize=5, label=label, zorder=3
    )


def _rows(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), [label.replace("_", " ") for label in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)  # the first row on top
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
