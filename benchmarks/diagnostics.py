"""Failed trainings that the diagnostics catch and good ones they blame, on simulated worlds of many kinds.

A training failed if the recall of its planted product words is below .5 or its mean product vector lies more than 8
degrees off the planted one. Options: ``trainings=60`` and ``seed=2`` of the worlds that are judged, ``cache=DIR`` where
finished trainings are kept (default: ``data/diagnostics`` of ``IPML_HOME`` or the current folder), and overrides of all
trainings, as ``model.n_seeds=2``. ``learn=yes`` first learns the thresholds from ``learn_from=90`` trainings of
``learn_seed=1`` and writes them into the package. Takes about ten seconds a training on a quiet core.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.drawn_trainings import LEAST_RECALL, MOST_DEGREES, Training, trainings
from benchmarks.figures import Figure, Measured, share
from benchmarks.options import count, switch
from benchmarks.result import report
from benchmarks.threshold_learning import caught, learn
from benchmarks.training_settings import training_settings
from ipml.console import console
from ipml.dual_attention.diagnostics.verdict import RULE, Threshold, thresholds
from ipml.errors import InputError
from ipml.files import write_json

NAME = "diagnostics"
TARGET_CAUGHT, MOST_BLAMED = 0.95, 0.10


def run(options: dict[str, str]) -> Measured:
    """Print each diagnostic of failed and of good trainings, and the error rates of the verdict."""
    learning = switch(options, "learn", default=False)
    n, n_learned = count(options, "trainings", 60), count(options, "learn_from", 90)
    seed, learn_seed = count(options, "seed", 2), count(options, "learn_seed", 1)
    if seed == learn_seed:
        raise InputError(f"seed={seed}: thresholds are learned on worlds of that seed; another one is needed")
    cache = options.pop("cache", None)
    others = [f"{key}={value}" for key, value in options.items()]
    folder = Path(cache or f"{training_settings(others).paths.data}/diagnostics")
    figures: list[Figure] = []
    limits = thresholds()
    if learning:
        known = list(trainings(n_learned, learn_seed, folder, others))
        limits = learn(known)
        figures += _rates("learned from", known, limits)
    judged = list(trainings(n, seed, folder, others))
    found = _rates("other worlds", judged, limits)
    figures += found + _timing(judged)
    if learning:
        _write(limits, known, judged)
    console.print(_table(judged, limits))
    for one in judged:
        if one.failed != caught(one, limits):
            _print_mistake(one, limits)
    of_failed, of_good = found[0], found[1]
    report(
        NAME,
        value=round(of_failed.value or 0.0, 4),
        unit=f"share caught of {of_failed.n} failed trainings [{of_failed.low:.2f}, {of_failed.high:.2f}]; of "
        f"{of_good.n} good ones blamed: {of_good.value:.3f} [{of_good.low:.2f}, {of_good.high:.2f}] "
        f"(allowed: {MOST_BLAMED:g})",
        target=TARGET_CAUGHT,
        n=n,
        seed=f"{seed}; thresholds {learn_seed}",
    )
    return Measured("attention", figures, f"{seed}; thresholds {learn_seed}")


def _rates(of: str, known: Sequence[Training], limits: Mapping[str, Threshold]) -> list[Figure]:
    """Shares of the failed trainings caught and of the good ones blamed, with intervals."""
    failed = np.array([one.failed for one in known])
    hit = np.array([caught(one, limits) for one in known])
    if failed.all() or not failed.any():
        raise InputError(
            f"trainings={len(known)}: {int(failed.sum())} of them failed; some failed and some good are needed"
        )
    return [
        share(f"diagnostics/{of}/failed caught", hit[failed]),
        share(f"diagnostics/{of}/good blamed", hit[~failed]),
    ]


def _timing(known: Sequence[Training]) -> list[Figure]:
    ratios = [one.seconds["diagnostics"] / one.seconds["training"] for one in known]
    return [Figure("diagnostics/time of the training", float(np.median(ratios)), n=len(known), unit="ratio")]


def _write(limits: Mapping[str, Threshold], known: Sequence[Training], judged: Sequence[Training]) -> None:
    """Write the thresholds with how they were learned and their error rates."""
    rates = {
        of: {
            figure.name.rpartition("/")[2]: [figure.value, figure.low, figure.high, figure.n]
            for figure in found
        }
        for of, found in (
            ("learned_from", _rates("", known, limits)),
            ("other_worlds", _rates("", judged, limits)),
        )
    }
    failed = (
        f"recall of planted words below {LEAST_RECALL:g}, or mean P more than {MOST_DEGREES:g} degrees off"
    )
    content = {
        "command": f"python -m benchmarks diagnostics learn=yes learn_from={len(known)} trainings={len(judged)}",
        "failed": failed,
        "rates": rates,
        "thresholds": {name: vars(limit) for name, limit in limits.items()},
    }
    write_json(RULE, content)
    thresholds.cache_clear()


def _table(known: Sequence[Training], limits: Mapping[str, Threshold]) -> Table:
    """Quartiles of each diagnostic over good and over failed trainings, and its threshold."""
    table = Table("diagnostic", "good", "failed", "fails", title="Diagnostics (simulated): quartiles")
    for name in dict.fromkeys(name for one in known for name in one.figures):
        cells = []
        for failed in (False, True):
            values = [one.figures[name] for one in known if one.failed == failed and name in one.figures]
            cells.append(
                ", ".join(f"{value:.3g}" for value in np.quantile(values, [0.25, 0.5, 0.75]))
                if values
                else ""
            )
        limit = limits.get(name)
        table.add_row(name, *cells, "" if limit is None else f"{limit.fails} {limit.value:g}")
    return table


def _print_mistake(one: Training, limits: Mapping[str, Threshold]) -> None:
    degrees = "no keywords" if one.degrees is None else f"mean P {one.degrees:.1f} degrees off"
    seen = ", ".join(f"{name} {one.figures[name]:.3g}" for name in limits if name in one.figures)
    what = "missed" if one.failed else "blamed"
    console.print(
        f"{what}: recall {one.recall:.2f}, {degrees}; {seen}; {' '.join(one.overrides)}", highlight=False
    )
