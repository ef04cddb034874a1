"""A firm's product vector P and technology vector T as means of word vectors.

Both are linear in the words: the weights of a firm's words stand in a sparse matrix (firms, words), and one
product with the word vectors gives all firms. Motohashi & Zhu 2023, section 3.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse


def product_weights(
    firm: npt.NDArray[np.int64],
    word: npt.NDArray[np.int64],
    attention: npt.NDArray[Any] | None,
    shape: tuple[int, int],
) -> sparse.csr_matrix:
    """Weights of the keywords of each firm, summing to 1 over a firm's words.

    Parameters
    ----------
    firm, word
        Numbers of firm and word of each of the m keywords, shape (m,).
    attention
        Weight of each keyword, shape (m,); None: every distinct keyword of a firm counts once.
    shape
        Numbers of firms and words.

    Returns
    -------
    matrix of ``shape``; the row of a firm without keywords is empty
    """
    values = np.ones(len(firm)) if attention is None else np.asarray(attention, dtype=np.float64)
    weights = sparse.coo_matrix((values, (firm, word)), shape=shape).tocsr()
    weights.sum_duplicates()
    if attention is None:
        weights.data[:] = 1.0
    return _rows_to_one(weights)


def technology_weights(
    counts: sparse.csr_matrix, firm: npt.NDArray[np.int64], n_firms: int, by_length: bool
) -> sparse.csr_matrix:
    """Weights of the words of each firm's patents, summing to 1 over a firm's words.

    Parameters
    ----------
    counts
        How often each known word stands in each of the m patents, shape (m, words).
    firm
        Number of each patent's firm, shape (m,).
    by_length
        False: the mean over patents of each patent's mean word vector. True: every word token counts the
        same, so that a long patent counts more.

    Returns
    -------
    matrix of shape (n_firms, words); patents without a known word count for nothing
    """
    counts = counts.astype(np.float64)
    if not by_length:
        counts = _rows_to_one(counts)
    membership = sparse.coo_matrix(
        (np.ones(len(firm)), (firm, np.arange(len(firm)))), shape=(n_firms, len(firm))
    ).tocsr()
    return _rows_to_one(membership @ counts)


def weighted_means(weights: sparse.csr_matrix, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Mean word vector of each firm: weights (n, w), vectors (w, d), result (n, d); 0 for an empty row."""
    return np.asarray(weights @ np.asarray(vectors, dtype=np.float64), dtype=np.float32)


def joined_texts(fields: Sequence[Sequence[str | None]]) -> list[str]:
    """Join the fields of each of m documents, m values a field, by line breaks; missing ones are left out."""
    return ["\n".join(part for part in parts if part) for parts in zip(*fields, strict=True)]


def _rows_to_one(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    sums = np.asarray(weights.sum(axis=1)).ravel()
    inverse = np.divide(1.0, sums, out=np.zeros(len(sums)), where=sums > 0)
    return (sparse.diags(inverse) @ weights).tocsr()
