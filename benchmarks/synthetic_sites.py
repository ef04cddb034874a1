"""Made-up sites of any size, with Zipf-distributed words: for timings, where only the sizes matter."""

import numpy as np
from scipy import sparse

from ipml.dual_attention.data.sites import ReadingOrder, Sites

DIMENSION, MEDIAN_TOKENS, MAX_TOKENS, MAX_PAGES = 300, 445, 864, 32
PAGES_A_FIRM = 64_643 / 6_893  # of the study's US firms


def synthetic_sites(n_firms: int, n_words: int, seed: int, in_order: bool = False) -> Sites:
    """Sites of firms with about 9.4 pages of a median of 445 words, at most 32 and 864 as published.

    Parameters
    ----------
    n_words
        Size of the vocabulary; words are drawn with probabilities proportional to 1 / (rank + 2.7), as in a language.
    in_order
        Keep the order of the words too, which the padded formula needs.
    """
    generator = np.random.default_rng(seed)
    n_pages = np.clip(np.rint(generator.lognormal(np.log(PAGES_A_FIRM) - 0.245, 0.7, n_firms)), 1, MAX_PAGES)
    page_offsets = np.concatenate([[0], np.cumsum(n_pages)]).astype(np.int64)
    lengths = np.rint(generator.lognormal(np.log(MEDIAN_TOKENS), 0.6, page_offsets[-1]))
    offsets = np.concatenate([[0], np.cumsum(np.clip(lengths, 5, MAX_TOKENS))]).astype(np.int64)
    edges = np.cumsum(1 / (np.arange(n_words) + 2.7))
    words = np.searchsorted(edges, edges[-1] * generator.random(offsets[-1], dtype=np.float32)).astype(
        np.int32
    )
    words = np.minimum(words, n_words - 1)
    counts = sparse.csr_matrix(
        (np.ones(len(words), np.float32), words, offsets), shape=(page_offsets[-1], n_words)
    )
    order = ReadingOrder(words.copy(), offsets) if in_order else None
    counts.sum_duplicates()
    return Sites(
        firm_ids=np.array([f"firm-{number}" for number in range(n_firms)], dtype=object),
        page_offsets=page_offsets,
        urls=np.full(page_offsets[-1], None, dtype=object),
        counts=counts,
        words=[f"word-{number}" for number in range(n_words)],
        vectors=generator.standard_normal((n_words, DIMENSION), dtype=np.float32) / DIMENSION**0.5,
        known_share=1.0,
        reading_order=order,
    )


def balanced_labels(n_firms: int) -> np.ndarray:
    """Label of each firm, half with patents, (n_firms,)."""
    return (np.arange(n_firms) % 2).astype(np.float32)
