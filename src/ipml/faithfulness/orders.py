"""Orders in which words are taken away: how important each entry (a distinct word on a page) is said to be."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.sites import Sites

Order = Callable[[Sites, SiteScores], npt.NDArray[np.floating]]
_ENTRIES_AT_A_TIME = 2**16
_DIGITS = 5  # of a binary fraction: coarser than float32, finer than any difference worth an order


def attention_order(sites: Sites, scores: SiteScores) -> npt.NDArray[np.float64]:
    """Weight of the page times weight of one token of the word on it, (E,).

    Tokens of equal attention differ by a rounding error that depends on their counts; rounded, they tie.
    """
    lengths = np.diff(sites.counts.indptr)
    token = scores.word_weights.astype(np.float64) / sites.counts.data
    fraction, exponent = np.frexp(np.repeat(scores.page_weights, lengths) * token)
    return np.ldexp(np.round(fraction, _DIGITS), exponent)


def cosine_order(sites: Sites, scores: SiteScores) -> npt.NDArray[np.float32]:
    """Cosine of the word's vector with the mean vector of the tokens of its page, (E,); 0 for a zero vector.

    This is KeyBERT (Grootendorst 2020) with the mean of the word vectors as the encoder of texts.
    """
    counts = sites.counts
    words, pages = _unit(sites.vectors), _unit(counts @ sites.vectors)
    page = sites.page_of_entry
    cosines = np.empty(counts.nnz, dtype=np.float32)
    for start in range(0, counts.nnz, _ENTRIES_AT_A_TIME):
        part = slice(start, start + _ENTRIES_AT_A_TIME)
        cosines[part] = np.einsum("ed,ed->e", words[counts.indices[part]], pages[page[part]])
    return cosines


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


ORDERS: dict[str, Order] = {"attention": attention_order, "keybert": cosine_order}
