"""How well words that a fit did not see are translated: what methods choose their settings by."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.alignment.affine import searched
from ipml.alignment.data import AlignmentData, Rows, Table
from ipml.alignment.retrieval import neighbours

_DEPTH = 10  # a translation further down counts nothing
_HUBNESS_WORDS = 5000

Numbers = npt.NDArray[np.int64]


def folds(data: AlignmentData, count: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Numbers of the training pairs to fit and of those left out; a source word has all its pairs in one fold."""
    words, number = np.unique(data.train_rows[:, 0], return_inverse=True)
    fold = np.random.default_rng(data.seed).permutation(len(words))[number] % count
    for left_out in range(count):
        yield np.flatnonzero(fold != left_out), np.flatnonzero(fold == left_out)


def reciprocal_rank(
    data: AlignmentData,
    pairs: Rows,
    matrix: npt.NDArray[Any],
    search_matrix: Table | None = None,
    vocabulary: int | None = None,
) -> float:
    """Mean of 1 / rank of the first correct translation, by CSLS among the most frequent target words.

    Parameters
    ----------
    pairs
        Source and target rows, shape (p, 2); each source word counts once.
    matrix, search_matrix
        The map (e, d) and, where there is one, its search matrix (r, e).
    vocabulary
        Target words that are searched; None: all. Hubness is that among a few thousand frequent source words.
    """
    words, number = np.unique(pairs[:, 0], return_inverse=True)
    queries = searched(data.X[words] @ matrix.T, search_matrix)
    sources = searched(data.X[:_HUBNESS_WORDS] @ matrix.T, search_matrix)
    targets = searched(data.Y[:vocabulary], search_matrix)
    found = neighbours(queries, targets, _DEPTH, "csls", sources)
    hit = found[number] == pairs[:, 1][:, None]
    values = np.where(hit.any(axis=1), 1 / (hit.argmax(axis=1) + 1.0), 0.0)
    best = np.zeros(len(words))
    np.maximum.at(best, number, values)
    return float(best.mean())
