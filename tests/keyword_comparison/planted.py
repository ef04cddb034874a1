"""Small sites of which everything is known."""

import numpy as np
from scipy import sparse

from ipml.dual_attention.data.sites import Sites


def make_sites(counts: np.ndarray, n_pages: list[int], seed: int = 0) -> Sites:
    """Sites with the given counts (pages, words), so many pages a firm, and random vectors of 6 dimensions."""
    n_words = counts.shape[1]
    return Sites(
        firm_ids=np.array([f"firm {number}" for number in range(len(n_pages))], dtype=object),
        page_offsets=np.concatenate([[0], np.cumsum(n_pages)]).astype(np.int64),
        urls=np.full(len(counts), None, dtype=object),
        counts=sparse.csr_matrix(counts.astype(np.float32)),
        words=[f"word{number}" for number in range(n_words)],
        vectors=np.random.default_rng(seed).normal(size=(n_words, 6)).astype(np.float32),
        known_share=1.0,
    )
