"""Mean and spread of word and page vectors, by which the network brings them to one scale.

A centred vector divided by the scale has a mean squared length of 1, spread evenly over the dimensions: then one
learning rate suits word vectors of 50 and of 500 dimensions.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

_PAGES_AT_A_TIME = 4096
_SMALLEST_SCALE = 1e-6  # of a dimension in which all vectors are equal


class Standardisation(NamedTuple):
    """Mean, and standard deviation times the square root of d, in each dimension: (d,), float32."""

    word_mean: npt.NDArray[np.float32]
    word_scale: npt.NDArray[np.float32]
    page_mean: npt.NDArray[np.float32]
    page_scale: npt.NDArray[np.float32]


def fit_standardisation(
    counts: sparse.csr_matrix, pages: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32]
) -> Standardisation:
    """Fit on the word vectors, a token each, and on the pages' mean vectors, a page each.

    Parameters
    ----------
    counts
        How often each word stands on each page, CSR (G, V).
    pages
        Rows of the training firms; pages without words do not count.
    vectors
        Word vectors, (V, d).

    Returns
    -------
    The page moments are of mean vectors of words that are standardised already.
    """
    tokens = np.zeros(counts.shape[1])
    for chunk in _chunks(counts, pages):
        tokens += np.bincount(chunk.indices, weights=chunk.data, minlength=len(tokens))
    used = np.flatnonzero(tokens)
    share = tokens[used] / tokens.sum()
    used_vectors = vectors[used].astype(np.float64)
    mean = share @ used_vectors
    root = np.sqrt(len(mean))
    scale = root * np.sqrt(share @ np.square(used_vectors - mean)).clip(_SMALLEST_SCALE)
    n_pages = 0
    total, total_of_squares = np.zeros_like(mean), np.zeros_like(mean)
    for chunk in _chunks(counts, pages):
        lengths = np.asarray(chunk.sum(axis=1), dtype=np.float64).reshape(-1, 1)
        filled = lengths[:, 0] > 0
        means = ((chunk @ vectors)[filled] / lengths[filled] - mean) / scale
        n_pages += len(means)
        total += means.sum(axis=0)
        total_of_squares += np.square(means).sum(axis=0)
    page_mean = total / n_pages
    page_variance = np.maximum(total_of_squares / n_pages - page_mean**2, 0)
    page_scale = root * np.sqrt(page_variance).clip(_SMALLEST_SCALE)
    return Standardisation(*(moment.astype(np.float32) for moment in (mean, scale, page_mean, page_scale)))


def _chunks(counts: sparse.csr_matrix, pages: npt.NDArray[np.int64]) -> Iterator[sparse.csr_matrix]:
    for start in range(0, len(pages), _PAGES_AT_A_TIME):
        yield counts[pages[start : start + _PAGES_AT_A_TIME]]
