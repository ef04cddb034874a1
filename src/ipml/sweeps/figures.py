"""Figures of a sweep: how it went on, which keys mattered, and the score along each of them."""

import math
from collections.abc import Sequence

import numpy as np
import optuna
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator
from optuna import Study
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ipml.figures import BLACK, BLUE, DPI, GREY, ORANGE
from ipml.sweeps.space import Parameter

_COLUMNS = 3
_MARGIN = 1.2  # of an axis of logarithms
_FEWEST = 4  # complete trials that importances can be estimated from


def history_figure(study: Study, metric: str, simulated: bool) -> Figure:
    """Draw the score of each trial and the best so far; pruned trials, which reported another figure, on the axis."""
    figure, axes = _figure(f"Optimisation history{_world(simulated)}")
    complete = _complete(study)
    numbers, scores = [t.number for t in complete], _scores(complete)
    better = np.maximum if study.direction == StudyDirection.MAXIMIZE else np.minimum
    best = better.accumulate(scores)
    last = len(study.get_trials(deepcopy=False)) - 1
    axes.scatter(numbers, scores, color=BLUE, s=28, label="complete", zorder=3)
    axes.step(
        [*numbers, last], [*best, best[-1]], where="post", color=BLACK, linewidth=1.2, label="best so far"
    )
    pruned = [t.number for t in study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))]
    if pruned:
        axes.scatter(
            pruned,
            np.zeros(len(pruned)),
            transform=axes.get_xaxis_transform(),
            marker="x",
            color=ORANGE,
            s=28,
            label="pruned",
            clip_on=False,
            zorder=3,
        )
    axes.set_xlim(-0.5, last + 0.5)
    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _finish(axes)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def importance_figure(study: Study, metric: str, seed: int, simulated: bool) -> Figure | None:
    """Draw the share of the score's variance over the space that each key explains; None for too few trials.

    Source: fANOVA, Hutter, Hoos & Leyton-Brown, ICML 2014, in Optuna's implementation.
    """
    complete = _complete(study)
    if len(complete) < _FEWEST or len({t.value for t in complete}) == 1:
        return None
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    figure, axes = _figure(
        f"Which keys matter for {metric}{_world(simulated)}", height=1.4 + 0.34 * len(shares)
    )
    names = list(shares)[::-1]
    axes.barh(names, [shares[name] for name in names], color=BLUE, height=0.6)
    axes.set_xlabel(f"share of the variance explained, {len(complete)} complete trials (fANOVA)")
    axes.set_xlim(0, 1)
    _finish(axes)
    return figure


def slice_figure(study: Study, space: Sequence[Parameter], metric: str, simulated: bool) -> Figure:
    """Draw the score along each key, the later trials darker."""
    complete = _complete(study)
    columns = min(_COLUMNS, len(space))
    rows = math.ceil(len(space) / columns)
    figure = Figure(figsize=(3.2 * columns, 0.6 + 2.6 * rows), dpi=DPI, layout="constrained")
    figure.suptitle(f"Score along each key, later trials darker{_world(simulated)}")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.flat[len(space) :]:
        axes.remove()
    for place, (axes, parameter) in enumerate(zip(grid.flat, space, strict=False)):
        _slice(axes, parameter, complete)
        if place % columns == 0:
            axes.set_ylabel(metric)
    return figure


def _slice(axes: Axes, parameter: Parameter, complete: Sequence[FrozenTrial]) -> None:
    known = [t for t in complete if parameter.name in t.params]
    values = [t.params[parameter.name] for t in known]
    if parameter.kind == "categorical":
        choices = list(parameter.examples)
        long = max(len(str(choice)) for choice in choices) > 6
        axes.set_xticks(range(len(choices)), [str(choice) for choice in choices], fontsize=8)
        axes.tick_params(axis="x", rotation=20 if long else 0)
        axes.set_xlim(-0.5, len(choices) - 0.5)
        values = [choices.index(value) for value in values]
    elif parameter.options["log"]:
        axes.set_xscale("log")
        low, high = parameter.options["low"], parameter.options["high"]
        ticks = np.geomspace(low, high, 3).tolist()
        axes.set_xticks(ticks, [f"{tick:.2g}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(low / _MARGIN, high * _MARGIN)
    ages = np.linspace(0.25, 1.0, len(known))
    axes.scatter(
        values,
        _scores(known),
        color=BLUE,
        alpha=ages.tolist(),
        s=26,
        edgecolors=GREY,
        linewidths=0.4,
    )
    axes.set_xlabel(parameter.name.replace("_", " "))
    _finish(axes)


def _scores(trials: Sequence[FrozenTrial]) -> list[float]:
    return [float("nan") if trial.value is None else trial.value for trial in trials]


def _complete(study: Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _figure(title: str, height: float = 4.0) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.2, height), dpi=DPI, layout="constrained")
    figure.suptitle(title)
    return figure, figure.subplots()


def _finish(axes: Axes) -> None:
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _world(simulated: bool) -> str:
    return " (simulated)" if simulated else ""
