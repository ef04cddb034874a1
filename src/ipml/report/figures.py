"""Figures: angles with intervals, and mapping accuracies beside models that know less; further statistics in both."""

from collections.abc import Iterable, Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ipml.evaluation.results import BETWEEN_COUNTRIES, BETWEEN_FIRM_TYPES, DEGREES
from ipml.figures import BLACK, BLUE, DPI, GREEN, GREY, ORANGE, PURPLE, SKY
from ipml.report.summary import (
    AccuracyLine,
    AngleLine,
    Statistic,
    accuracy_lines,
    angle_lines,
    group_statistics,
    level_in_words,
    pair_statistics,
    title_end,
)

_PANELS = {BETWEEN_COUNTRIES: "Countries", BETWEEN_FIRM_TYPES: "Firm types"}
_OTHERS = {
    "mean_product": ("mean P", "|", BLACK),
    "identity": ("T itself", "x", GREY),
    "shuffled_pairs": ("A of shuffled pairs", "v", PURPLE),
    "ridge": ("ridge", "s", SKY),
    "orthogonal": ("orthogonal", "D", GREEN),
}


_IN_TABLE_ONLY = ("ceiling",)  # far above the others: it would press them together
# Marks of what has none of its own: a statistic, or another model.
_MARKS = [("s", GREEN), ("^", PURPLE), ("P", SKY), ("X", GREY), ("v", BLACK), ("*", ORANGE)]


def angle_figure(results: pd.DataFrame, simulated: bool, confidence: float) -> Figure:
    """Angles of all pairs: countries in one panel, firm types in the other; what has another unit stands below."""
    lines, statistics = angle_lines(results), pair_statistics(results)
    units = _other_units(statistics, DEGREES)
    panels = [kind for kind in _PANELS if any(line.comparison == kind for line in lines)]
    rows = max(sum(line.comparison == kind for line in lines) for kind in panels)
    columns = 3 if len(panels) > 1 else 1
    height = 1.6 + 0.36 * rows + 0.9 / columns
    size = 6.2 * len(panels), height * (1 + len(units))
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    figure.suptitle(f"Angle between groups, {level_in_words(lines)}{title_end(results, simulated)}")
    grid = figure.subplots(1 + len(units), len(panels), sharex="row", squeeze=False)
    for column, kind in enumerate(panels):
        of_kind = [line for line in lines if line.comparison == kind]
        names, labels = [line.name for line in of_kind], [f"{line.within}  {line.pair}" for line in of_kind]
        _draw_angles(grid[0, column], of_kind, confidence)
        for axes, unit in zip(grid[:, column], [DEGREES, *units], strict=True):
            _draw_statistics(axes, statistics, unit, names)
            _rows(axes, labels)
            axes.set_xlabel(unit)
        grid[0, column].set_title(_PANELS[kind], fontsize=10)
    grid[0, 0].set_xlim(left=-0.8)  # an estimate of 0 is shown whole
    _legend(figure, grid.flat, columns)
    return figure


def accuracy_figure(results: pd.DataFrame, simulated: bool) -> Figure:
    """Mean test cosine of each mapping with its interval, beside the other models; other units stand below."""
    lines, statistics = accuracy_lines(results), group_statistics(results)
    units = _other_units(statistics, "cosine")
    size = 7.2, (2.0 + 0.36 * len(lines)) * (1 + len(units))
    figure = Figure(figsize=size, dpi=DPI, layout="constrained")
    grid = figure.subplots(1 + len(units), 1, squeeze=False)[:, 0]
    axes = grid[0]
    places = list(range(len(lines)))
    for name, (label, marker, colour) in _marks_of(lines).items():
        known = [(line.others[name], place) for place, line in enumerate(lines) if name in line.others]
        if known:
            values, at = zip(*known, strict=True)
            area, order = (170, 4) if marker == "|" else (36, 2)  # the null model to beat is never hidden
            axes.scatter(values, at, marker=marker, color=colour, s=area, label=label, zorder=order)
    _interval(axes, [(line.value, line.low, line.high) for line in lines], places, "A, with interval")
    for below, unit in zip(grid, ["cosine", *units], strict=True):
        _draw_statistics(below, statistics, unit, [line.group for line in lines])
        _rows(below, [f"{line.group} ({line.n})" for line in lines])
        below.set_xlabel(unit)
    axes.set_xlabel("mean cosine over test firms (their number in brackets)")
    title = f"What the conversion matrix adds to models that know less{title_end(results, simulated)}"
    figure.suptitle(title)
    _legend(figure, grid, 3)
    return figure


def _other_units(statistics: Sequence[Statistic], own: str) -> list[str]:
    return [unit for unit in dict.fromkeys(statistic.unit for statistic in statistics) if unit != own]


def _marks_of(lines: Sequence[AccuracyLine]) -> dict[str, tuple[str, str, str]]:
    """Label, marker and colour of each other model, known ones first."""
    unknown = [name for line in lines for name in line.others if name not in (*_OTHERS, *_IN_TABLE_ONLY)]
    given = zip(dict.fromkeys(unknown), cycle(_MARKS))
    return _OTHERS | {name: (name.replace("_", " "), *mark) for name, mark in given}


def _draw_statistics(axes: Axes, statistics: Sequence[Statistic], unit: str, names: Sequence[str]) -> None:
    """Draw those of a unit, with their intervals, at the rows of the pairs or groups of these names."""
    for statistic, (marker, colour) in zip(statistics, cycle(_MARKS)):
        known = [
            (place, *statistic.by_name[name]) for place, name in enumerate(names) if name in statistic.by_name
        ]
        if statistic.unit == unit and known:
            places, values, lows, highs = (np.array(column) for column in zip(*known, strict=True))
            axes.errorbar(
                values, places, xerr=[values - lows, highs - values], fmt=marker, color=colour, markersize=6,
                markerfacecolor="none", label=statistic.title,
            )  # fmt: skip


def _legend(figure: Figure, grid: Iterable[Axes], columns: int) -> None:
    """Name each mark once, below all panels."""
    marks = {
        label: mark for axes in grid for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=columns, frameon=False)


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
