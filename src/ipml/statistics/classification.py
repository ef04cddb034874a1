"""Scores of a yes-or-no classifier, with bootstrap intervals over its cases."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.guards.shapes import Shapes
from ipml.statistics.intervals import MIN_VALUES, percentile_interval, resampling_weights

MACRO_METRICS = ("precision", "recall", "f1", "accuracy")
METRICS = ("auc", "f1", "accuracy", "precision", "recall", "brier", "calibration_error")
CALIBRATION_BINS = 10
_CHUNK = 200  # resamples at a time: bounds the memory to _CHUNK x n numbers


def classification_metrics(
    labels: npt.NDArray[np.bool_],
    probabilities: npt.NDArray[np.floating],
    weights: npt.NDArray[np.float64] | None = None,
) -> dict[str, npt.NDArray[np.float64]]:
    """AUC; macro F1, accuracy, precision and recall at a threshold of one half; Brier score, calibration error.

    The Brier score is the mean squared error of the probabilities; the calibration error is the mean distance, over
    cases, between the mean probability and the share of positives of the case's bin, with ten bins of equal width
    (expected calibration error: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2).

    Parameters
    ----------
    labels, probabilities
        Truth and prediction of n cases, (n,).
    weights
        How often each case counts, (n,) or (resamples, n); all once if None.

    Returns
    -------
    Each metric, of shape () or (resamples,). Where a metric has no meaning (AUC with one class) it is NaN; a
    precision, recall or F1 of 0 / 0 is 0.
    """
    labels, probabilities, times = _cases(labels, "probabilities", probabilities, weights)
    predicted = probabilities >= 0.5

    hit, false_alarm, miss, _ = _counts(labels, predicted, times)
    macro = macro_metrics(labels, predicted, times)
    return {
        "auc": area_under_roc(labels, probabilities, times),
        "f1": macro["f1"],
        "accuracy": macro["accuracy"],
        "precision": _ratio(hit, hit + false_alarm),
        "recall": _ratio(hit, hit + miss),
        "brier": _ratio(times @ (probabilities - labels) ** 2, times.sum(axis=-1)),
        "calibration_error": _calibration_error(labels, probabilities, times),
    }


def macro_metrics(
    labels: npt.NDArray[np.bool_], predicted: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Macro averages of precision, recall and F1 over both classes, each class counting alike, and accuracy.

    Parameters
    ----------
    labels, predicted
        Of n cases, (n,).
    weights
        How often each case counts, (n,) or (resamples, n).

    Returns
    -------
    Each of `MACRO_METRICS`, of shape () or (resamples,). 0 / 0 is 0.
    """
    labels, predicted, weights = _cases(labels, "predicted", predicted, weights)
    hit, false_alarm, miss, rejected = _counts(labels, predicted, weights)
    per_class = [(hit, false_alarm, miss), (rejected, miss, false_alarm)]
    return {
        "precision": np.mean([_ratio(right, right + wrong) for right, wrong, _ in per_class], axis=0),
        "recall": np.mean([_ratio(right, right + missed) for right, _, missed in per_class], axis=0),
        "f1": np.mean([_ratio(2 * r, 2 * r + wrong + missed) for r, wrong, missed in per_class], axis=0),
        "accuracy": _ratio(hit + rejected, hit + false_alarm + miss + rejected),
    }


def area_under_roc(
    labels: npt.NDArray[np.bool_],
    scores: npt.NDArray[np.floating],
    weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Area under the ROC curve: the weighted share of pairs of a yes and a no in the right order, ties counted half.

    Parameters
    ----------
    labels, scores, weights
        As for `classification_metrics`.

    Returns
    -------
    array of shape () or (resamples,); NaN with one class

    Source: Hanley & McNeil 1982, "The meaning and use of the area under a ROC curve".
    """
    labels, scores, weights = _cases(labels, "scores", scores, weights)
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    positive = np.add.reduceat(weights[..., order] * labels[order], starts, axis=-1)
    negative = np.add.reduceat(weights[..., order] * ~labels[order], starts, axis=-1)
    below = np.cumsum(negative, axis=-1) - negative / 2
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((positive * below).sum(axis=-1) / np.where(pairs > 0, pairs, np.nan))


def bootstrap_metrics(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], n_resamples: int, seed: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Metrics of bootstrap resamples of the cases: each of shape (n_resamples,).

    Two classifiers called with the same labels and seed see the same resamples, so that differences are paired.
    """
    labels, probabilities, _ = _cases(labels, "probabilities", probabilities, None)
    weights = resampling_weights(len(labels), n_resamples, seed)
    parts = [
        classification_metrics(labels, probabilities, weights[start : start + _CHUNK])
        for start in range(0, n_resamples, _CHUNK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}


def metrics_with_intervals(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], n_resamples: int, seed: int
) -> dict[str, tuple[float, float, float]]:
    """Each metric as (value, low, high) of a 95 % bootstrap interval over cases.

    The ends are NaN with fewer than `MIN_VALUES` cases of a class.
    """
    labels, probabilities, _ = _cases(labels, "probabilities", probabilities, None)
    enough = min(int(labels.sum()), int((~labels).sum())) >= MIN_VALUES
    values: Mapping[str, npt.NDArray[np.float64]] = classification_metrics(labels, probabilities)
    resampled = bootstrap_metrics(labels, probabilities, n_resamples, seed)
    unknown = float("nan"), float("nan")
    return {
        name: (float(values[name]), *(percentile_interval(resampled[name]) if enough else unknown))
        for name in METRICS
    }


def _cases(
    labels: npt.ArrayLike, name: str, found: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Labels, what was found of the same n cases, and weights (n,) or (resamples, n)."""
    shapes = Shapes()
    labels = shapes.check("labels", labels, "n", "yes or no")
    found = shapes.check(name, found, "n", "yes or no" if name == "predicted" else "numbers")
    weights = np.ones(len(labels)) if weights is None else weights
    return labels, found, shapes.check("weights", weights, "n" if np.ndim(weights) == 1 else "resamples n")


def _counts(
    labels: npt.NDArray[np.bool_], predicted: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> list[npt.NDArray[np.float64]]:
    """Weights of hits, false alarms, misses and right rejections."""
    chosen = (labels & predicted, ~labels & predicted, labels & ~predicted, ~labels & ~predicted)
    return [np.asarray(weights @ cases.astype(np.float64)) for cases in chosen]


def _ratio(
    numerator: npt.NDArray[np.float64], denominator: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.where(denominator > 0, numerator / np.maximum(denominator, 1e-300), 0.0)


def _calibration_error(
    labels: npt.NDArray[np.bool_],
    probabilities: npt.NDArray[np.floating],
    weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    number = np.minimum((probabilities * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    excess = (probabilities - labels)[:, None] * (number[:, None] == np.arange(CALIBRATION_BINS))
    return _ratio(np.abs(weights @ excess).sum(axis=-1), weights.sum(axis=-1))
