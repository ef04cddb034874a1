"""Accuracy@k of word translation: the share of test words with a listed translation among the k nearest.

Several columns, because figures are published on each of them:

* ``accuracy``: test words that have a source vector; where no translation is a candidate, it counts as wrong;
* ``known``: only those with a translation among the candidates;
* ``all``: every test word of the dictionary; one without a source vector counts as wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from ipml.statistics.intervals import bootstrap_mean


def first_hits(
    found: npt.NDArray[np.int64], correct: Sequence[Sequence[int] | npt.NDArray[np.int64]]
) -> npt.NDArray[np.int64]:
    """Rank, from 1, of the best-placed correct row in each query's list.

    Parameters
    ----------
    found
        Candidate rows of each query, best first, shape (q, k).
    correct
        Correct rows of each query; may be empty.

    Returns
    -------
    array of shape (q,), k + 1 where none was found
    """
    ranks = np.full(len(found), found.shape[1] + 1, dtype=np.int64)
    for query, (row, rows) in enumerate(zip(found, correct, strict=True)):
        hits = np.flatnonzero(np.isin(row, np.asarray(rows, dtype=np.int64)))
        if len(hits):
            ranks[query] = hits[0] + 1
    return ranks


def chance(n_correct: npt.NDArray[Any], n_candidates: int, k: int) -> npt.NDArray[np.float64]:
    """Probability that k different candidates drawn at random hold a correct one, for each query.

    Parameters
    ----------
    n_correct
        Number of correct candidates of each query, shape (q,).

    Returns
    -------
    array of shape (q,): 1 − C(N − m, k) / C(N, k), N candidates of which m are correct
    """
    m = np.asarray(n_correct, dtype=np.float64)
    N = float(n_candidates)
    k = min(k, n_candidates)
    possible = N - m - k >= 0
    free = np.where(possible, N - m, N)  # avoids a pole where k draws cannot miss
    log_miss = gammaln(free + 1) - gammaln(free - k + 1) - gammaln(N + 1) + gammaln(N - k + 1)
    return np.where(possible, 1 - np.exp(log_miss), 1.0)


def accuracy_table(
    ranks: npt.NDArray[np.int64],
    n_correct: npt.NDArray[Any],
    n_without_vector: int,
    ks: Sequence[int],
    seed: int,
    resamples: int,
    level: float,
) -> pd.DataFrame:
    """Accuracy@k in every column, with bootstrap intervals over test words.

    Parameters
    ----------
    ranks
        Rank of the first correct candidate of each test word with a vector, shape (q,), from `first_hits`.
    n_correct
        Number of its translations among the candidates, shape (q,).
    n_without_vector
        Number of further test words that have no source vector.

    Returns
    -------
    frame with the columns column, k, value, low, high, n; no row for a column without words
    """
    every = np.concatenate([ranks, np.full(n_without_vector, np.iinfo(np.int64).max)])
    columns = {"accuracy": ranks, "known": ranks[np.asarray(n_correct) > 0], "all": every}
    rows = []
    for column, values in columns.items():
        for k in ks:
            if len(values):
                estimate = bootstrap_mean(values <= k, seed, resamples, level)
                rows.append({"column": column, "k": k, **estimate._asdict()})
    return pd.DataFrame(rows)
