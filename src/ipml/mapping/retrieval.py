"""Whether a firm's own products are among those nearest to what the model makes of its technology."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from ipml.statistics.angles import unit_vectors

TOP = (1, 5, 10)
_ROWS = 512


def own_ranks(
    predicted: npt.NDArray[Any], P: npt.NDArray[Any], mean: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rank of each firm's own vector among those of all n firms, by cosine with its prediction about a mean.

    About the mean, because plain cosines rank the firms nearest to the common mean first whatever is predicted.

    Parameters
    ----------
    predicted, P
        Predictions and real vectors, both (n, d).
    mean
        Shape (d,).

    Returns
    -------
    Best rank (1: nearest) and number of vectors that share it, the own one included, both (n,). A prediction
    equal to the mean shares rank 1 with all.
    """
    queries, candidates = centred_directions(predicted, mean), centred_directions(P, mean)
    first, shared = np.empty(len(P), dtype=np.int64), np.empty(len(P), dtype=np.int64)
    for start in range(0, len(P), _ROWS):
        rows = slice(start, start + _ROWS)
        # Twelve digits: equal vectors must tie whatever the order of their sums.
        ranks = rankdata(-np.round(queries[rows] @ candidates.T, 12), method="min", axis=1)
        own = ranks[np.arange(len(ranks)), np.arange(start, start + len(ranks))]
        first[rows], shared[rows] = own, (ranks == own[:, None]).sum(axis=1)
    return first, shared


def hits(first: npt.NDArray[np.int64], shared: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.float64]:
    """Whether a firm's own vector is among the k nearest, (n,): between 0 and 1 where a tie decides."""
    return np.clip((k + 1 - first) / shared, 0.0, 1.0)


def centred_directions(vectors: npt.NDArray[Any], mean: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Vectors (n, d) about a mean (d,) at length 1; zeros where one equals it up to rounding."""
    mean = np.asarray(mean, dtype=np.float64)
    difference = np.asarray(vectors, dtype=np.float64) - mean
    rounding = 1e-9 * max(float(np.linalg.norm(mean)), 1e-300)
    difference[np.linalg.norm(difference, axis=1) < rounding] = 0.0
    return unit_vectors(difference)
