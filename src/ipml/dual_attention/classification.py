"""Figures of a yes-or-no classifier, with bootstrap intervals over firms."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

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
    firms, between the mean probability and the share with patents of the firm's bin, with ten bins of equal width
    (expected calibration error: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2).

    Parameters
    ----------
    labels, probabilities
        Truth and prediction of n firms, (n,).
    weights
        How often each firm counts, (n,) or (resamples, n); all once if None.

    Returns
    -------
    Each metric, of shape () or (resamples,). Where a metric has no meaning (AUC with one class) it is NaN; a
    precision, recall or F1 of 0 / 0 is 0.
    """
    times = np.ones(len(labels)) if weights is None else weights
    predicted = probabilities >= 0.5

    def total(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return np.asarray(times @ chosen.astype(np.float64))

    hit, false_alarm = total(labels & predicted), total(~labels & predicted)
    miss, rejected = total(labels & ~predicted), total(~labels & ~predicted)
    f1_yes = _ratio(2 * hit, 2 * hit + miss + false_alarm)
    f1_no = _ratio(2 * rejected, 2 * rejected + miss + false_alarm)
    return {
        "auc": _area(labels, probabilities, times),
        "f1": (f1_yes + f1_no) / 2,
        "accuracy": _ratio(hit + rejected, hit + rejected + miss + false_alarm),
        "precision": _ratio(hit, hit + false_alarm),
        "recall": _ratio(hit, hit + miss),
        "brier": _ratio(times @ (probabilities - labels) ** 2, times.sum(axis=-1)),
        "calibration_error": _calibration_error(labels, probabilities, times),
    }


def resampling_weights(n: int, n_resamples: int, seed: int) -> npt.NDArray[np.float64]:
    """How often each of n firms is drawn in each bootstrap resample: (n_resamples, n)."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(n, np.full(n, 1 / n), size=n_resamples).astype(np.float64)


def bootstrap_metrics(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], n_resamples: int, seed: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Metrics of bootstrap resamples of the firms: each of shape (n_resamples,).

    Two classifiers called with the same labels and seed see the same resamples, so that differences are paired.
    """
    weights = resampling_weights(len(labels), n_resamples, seed)
    parts = [
        classification_metrics(labels, probabilities, weights[start : start + _CHUNK])
        for start in range(0, n_resamples, _CHUNK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in METRICS}


def percentile_interval(resampled: npt.NDArray[np.floating], level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of resampled values, NaN left out."""
    low, high = np.nanquantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def metrics_with_intervals(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], n_resamples: int, seed: int
) -> dict[str, tuple[float, float, float]]:
    """Each metric as (value, low, high) of a 95 % bootstrap interval over firms."""
    values: Mapping[str, npt.NDArray[np.float64]] = classification_metrics(labels, probabilities)
    resampled = bootstrap_metrics(labels, probabilities, n_resamples, seed)
    return {name: (float(values[name]), *percentile_interval(resampled[name])) for name in METRICS}


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


def _area(
    labels: npt.NDArray[np.bool_],
    probabilities: npt.NDArray[np.floating],
    weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Area under the ROC curve as the weighted share of pairs in the right order, ties counted half."""
    order = np.argsort(probabilities, kind="stable")
    ordered = probabilities[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    positive = np.add.reduceat(weights[..., order] * labels[order], starts, axis=-1)
    negative = np.add.reduceat(weights[..., order] * ~labels[order], starts, axis=-1)
    below = np.cumsum(negative, axis=-1) - negative / 2
    pairs = positive.sum(axis=-1) * negative.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((positive * below).sum(axis=-1) / np.where(pairs > 0, pairs, np.nan))
