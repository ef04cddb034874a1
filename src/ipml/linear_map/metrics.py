"""Cosine of pairs, and the mean of n values with a bootstrap interval."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_CHUNK = 2**22


class Estimate(NamedTuple):
    """A mean, its interval and the number of values behind it."""

    value: float
    low: float
    high: float
    n: int


def cosines(X: npt.NDArray[Any], Y: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Cosine of each row of X with the same row of Y: both (n, d), result (n,); 0 where a row is 0."""
    X, Y = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    lengths = np.linalg.norm(X, axis=1) * np.linalg.norm(Y, axis=1)
    products = np.einsum("nd,nd->n", X, Y)
    return np.divide(products, lengths, out=np.zeros(len(X)), where=lengths > 0)


def bootstrap_mean(
    values: npt.NDArray[Any], seed: int, resamples: int = 1000, level: float = 0.95
) -> Estimate:
    """Mean of n values with its percentile bootstrap interval over the values.

    Parameters
    ----------
    values
        Shape (n,), n > 0.
    resamples
        Number of bootstrap samples.
    level
        Nominal coverage.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    values = np.asarray(values, dtype=np.float64)
    n = len(values)
    if n == 0:
        raise ValueError("no values: a mean needs at least one")
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    rows = max(_CHUNK // n, 1)
    for start in range(0, resamples, rows):
        stop = min(start + rows, resamples)
        means[start:stop] = values[rng.integers(n, size=(stop - start, n))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values.mean()), float(low), float(high), n)
