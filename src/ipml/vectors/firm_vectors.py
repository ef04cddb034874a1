"""A firm's product vector P and technology vector T as means of word vectors.

Both are linear in the words: the weights of a firm's words stand in a sparse matrix (firms, words), and one
product with the word vectors gives all firms. Motohashi & Zhu 2023, section 3.

SIF weights a / (a + p) (Arora, Liang & Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings",
section 3) count frequent words for less. Their second step, which removes the first principal component of the
vectors, is left out: the component is that of a set of firms, so each country would lose another direction, and the
mean vectors whose angle is measured lie mostly in it.

What each word counts is kept beside the vectors, which can so be made again of other words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

PRODUCTS, PATENTS = "product_words", "patent_words"  # names of the tables
PRODUCT_COUNTS, PATENT_COUNTS = "product_word_counts", "patent_word_counts"  # with SIF weights


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
    return rows_to_one(weights)


def sif_weights(counts: npt.NDArray[Any], constant: float) -> npt.NDArray[np.float64]:
    """Weight a / (a + p) of each of w words, p being its share of all counts (w,) and ``constant`` a, above 0.

    Examples
    --------
    >>> sif_weights(np.array([1, 3]), constant=0.25)
    array([0.5 , 0.25])
    """
    counts = np.asarray(counts, dtype=np.float64)
    return constant / (constant + counts / max(counts.sum(), 1.0))


def patent_weights(
    counts: sparse.csr_matrix, firm: npt.NDArray[np.int64], n_firms: int, by_length: bool
) -> sparse.csr_matrix:
    """Weights of each firm's patents, summing to 1 over a firm's patents.

    Parameters
    ----------
    counts
        How often each known word stands in each of the m patents, shape (m, words).
    firm
        Number of each patent's firm, shape (m,).
    by_length
        False: each patent counts once. True: by its words, so that every word counts the same.

    Returns
    -------
    matrix of shape (n_firms, m); patents without a known word count for nothing
    """
    lengths = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    return weights_of_texts(lengths, lengths > 0, firm, n_firms, by_length)


def weights_of_texts(
    lengths: npt.NDArray[np.float64],
    known: npt.NDArray[np.bool_],
    firm: npt.NDArray[np.int64],
    n_firms: int,
    by_length: bool,
) -> sparse.csr_matrix:
    """Weights of m texts in the vectors of their firms, shape (n_firms, m): rows sum to 1, or are empty.

    Parameters
    ----------
    lengths, known
        How long each text is, and whether it has a vector, both (m,).
    firm
        Number of each text's firm, (m,).
    by_length
        Whether a text counts by its length; else each counts once.
    """
    used = np.flatnonzero(known)
    values = lengths[used] if by_length else np.ones(len(used))
    return rows_to_one(sparse.coo_matrix((values, (firm[used], used)), shape=(n_firms, len(firm))).tocsr())


def weighted_means(weights: sparse.csr_matrix, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Mean word vector of each firm: weights (n, w), vectors (w, d), result (n, d); 0 for an empty row."""
    return np.asarray(weights @ np.asarray(vectors, dtype=np.float64), dtype=np.float32)


def joined_texts(fields: Sequence[Sequence[str | None]]) -> list[str]:
    """Join the fields of each of m documents, m values a field, by line breaks; missing ones are left out."""
    return ["\n".join(part for part in parts if part) for parts in zip(*fields, strict=True)]


def rows_to_one(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    """Scale each row to the sum 1; an empty row stays."""
    sums = np.asarray(weights.sum(axis=1)).ravel()
    inverse = np.divide(1.0, sums, out=np.zeros(len(sums)), where=sums > 0)
    return (sparse.diags(inverse) @ weights).tocsr()


@dataclass(frozen=True)
class WordCounts:
    """How often the stage counted each of w words, for SIF weights.

    Attributes
    ----------
    words
        Words, each once.
    counts
        Of each, shape (w,), at least 0.
    """

    words: tuple[str, ...]
    counts: npt.NDArray[np.float64]

    def sif_weights(self, words: Sequence[str], constant: float) -> npt.NDArray[np.float64]:
        """Weights of some words, shape (m,), as `sif_weights` gives them: 1 for a word that was never counted."""
        known = dict(zip(self.words, sif_weights(self.counts, constant).tolist(), strict=True))
        return np.array([known.get(word, 1.0) for word in words], dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """Table with the columns ``word`` and ``count``: what is saved."""
        return pd.DataFrame({"word": np.array(self.words, dtype=object), "count": self.counts})

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "WordCounts":
        """Read what `to_frame` made."""
        return cls(tuple(str(word) for word in frame["word"]), frame["count"].to_numpy(np.float64))


@dataclass(frozen=True)
class WordWeights:
    """Weights of w words in the vectors of n firms.

    Attributes
    ----------
    matrix
        Shape (n, w); a row sums to 1, or is empty.
    words
        The words of the columns.
    """

    matrix: sparse.csr_matrix
    words: tuple[str, ...]

    def means(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Vectors of the firms (n, d) for vectors of the words (w, d)."""
        return weighted_means(self.matrix, vectors).astype(np.float64)

    def to_frame(self, firm_ids: Sequence[str]) -> pd.DataFrame:
        """Table with a row for each word of each firm: ``firm_id``, ``word``, ``weight``; what is saved."""
        entries = self.matrix.tocoo()
        return pd.DataFrame(
            {
                "firm_id": np.array(firm_ids, dtype=object)[entries.row],
                "word": np.array(self.words, dtype=object)[entries.col],
                "weight": entries.data.astype(np.float32),
            }
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, firm_ids: Sequence[str]) -> "WordWeights":
        """Read what `to_frame` made, for some of the firms and in their order."""
        number = {firm_id: row for row, firm_id in enumerate(firm_ids)}
        frame = frame[frame["firm_id"].isin(number)]
        column, words = pd.factorize(frame["word"])
        entries = frame["firm_id"].map(number).to_numpy(np.int64), column
        shape = len(firm_ids), len(words)
        matrix = sparse.coo_matrix((frame["weight"].to_numpy(np.float64), entries), shape=shape)
        return cls(matrix.tocsr(), tuple(str(word) for word in words))
