"""Cosine of pairs, and the mean of n values with a bootstrap interval."""

from collections.abc import Callable
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
    return bootstrap_figure(np.asarray(values)[:, None], lambda means: means[:, 0], seed, resamples, level)


def bootstrap_figure(
    values: npt.NDArray[Any],
    figure: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    seed: int,
    resamples: int = 1000,
    level: float = 0.95,
) -> Estimate:
    """Figure of the means of k columns, such as a ratio of two, with its percentile bootstrap interval over rows.

    Parameters
    ----------
    values
        Shape (n, k), n > 0.
    figure
        Takes means of the columns, shape (m, k), and returns the m figures.
    resamples, level
        As for `bootstrap_mean`.
    """
    values = np.asarray(values, dtype=np.float64)
    n, k = values.shape
    if n == 0:
        raise ValueError("no values: a mean needs at least one")
    rng = np.random.default_rng(seed)
    means = np.empty((resamples, k))
    rows = max(_CHUNK // (n * k), 1)
    for start in range(0, resamples, rows):
        stop = min(start + rows, resamples)
        means[start:stop] = values[rng.integers(n, size=(stop - start, n))].mean(axis=1)
    low, high = np.quantile(figure(means), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(figure(values.mean(axis=0)[None])[0]), float(low), float(high), n)
