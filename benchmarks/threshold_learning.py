"""Thresholds of the diagnostics, learned from trainings whose truth is known."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from benchmarks.drawn_trainings import Training
from ipml.dual_attention.diagnostics.verdict import Threshold

# Diagnostics that the verdict may use, and on which side they fail; the others are shown alone.
SIDES: Mapping[str, str] = {
    "keyword_agreement": "below",
    "product_angle": "above",
    "keyword_steadiness": "below",
    "page_contrast": "below",
}
MOST_BLAMED = 0.05  # of the good ones that were learned from: half of what is allowed on others
_STEPS = 12  # values tried of each threshold, at a time
_ROUNDS = 20


def learn(trainings: Sequence[Training]) -> dict[str, Threshold]:
    """Choose the thresholds that catch the most failed trainings and blame at most `MOST_BLAMED` of the good ones.

    A training is caught where any of its diagnostics lies beyond its threshold. Pairs of thresholds are searched in
    turn, over the values midway between neighbouring trainings, until nothing gets better; among equals the loosest
    thresholds are taken, then those in the middle of the gap that they stand in.
    """
    failed = np.array([training.failed for training in trainings])
    values = {name: _outward(trainings, name) for name in SIDES}
    chosen = dict.fromkeys(SIDES, np.inf)
    for _ in range(_ROUNDS):
        before = dict(chosen)
        for pair in _pairs(list(SIDES)):
            options = [_candidates(values[name]) for name in pair]
            chosen |= max(
                (dict(zip(pair, of_pair, strict=True)) for of_pair in product(*options)),
                key=lambda tried: _quality(values, {**chosen, **tried}, failed),
            )
        if chosen == before:
            break
    signs = {name: -1.0 if side == "below" else 1.0 for name, side in SIDES.items()}
    return {
        name: Threshold(SIDES[name], float(f"{signs[name] * value:.3g}"))  # type: ignore[arg-type]
        for name, value in chosen.items()
        if np.isfinite(value)
    }


def caught(training: Training, thresholds: Mapping[str, Threshold]) -> bool:
    """Whether a diagnostic of a training lies beyond its threshold."""
    return any(
        limit.is_failed(training.figures[name])
        for name, limit in thresholds.items()
        if name in training.figures
    )


def _outward(trainings: Sequence[Training], name: str) -> npt.NDArray[np.float64]:
    """Values of a diagnostic, turned so that large ones fail; minus infinity where it is absent."""
    sign = -1.0 if SIDES[name] == "below" else 1.0
    return np.array(
        [sign * training.figures[name] if name in training.figures else -np.inf for training in trainings]
    )


def _candidates(values: npt.NDArray[np.float64]) -> list[float]:
    """Thresholds midway between values, and none at all."""
    ordered = np.unique(values[np.isfinite(values)])
    return [*((ordered[1:] + ordered[:-1]) / 2).tolist(), float("inf")]


def _quality(
    values: Mapping[str, npt.NDArray[np.float64]], chosen: Mapping[str, float], failed: npt.NDArray[np.bool_]
) -> tuple[float, ...]:
    beyond = np.zeros(len(failed), dtype=bool)
    for name, value in chosen.items():
        beyond |= values[name] > value
    blamed = float(beyond[~failed].mean()) if (~failed).any() else 0.0
    found = float(beyond[failed].mean()) if failed.any() else 1.0
    return (-max(blamed, MOST_BLAMED), found, -blamed, *chosen.values())


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(a, b) for number, a in enumerate(names) for b in names[number + 1 :]]
