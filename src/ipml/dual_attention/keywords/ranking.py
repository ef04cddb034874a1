"""Choosing a firm's keywords from the attention on its words and pages."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

COLUMNS = ("firm_id", "page", "url", "word", "word_weight", "page_weight", "contrast", "rank")


def top_words(
    word_weights: npt.NDArray[np.floating],
    counts: npt.NDArray[np.floating],
    page_offsets: npt.NDArray[np.integer],
    allowed: npt.NDArray[np.bool_],
    rule: Literal["percentile", "mass", "top_k"],
    amount: float,
    count_repeats: bool = False,
) -> npt.NDArray[np.bool_]:
    """Choose the words with the highest attention on each page.

    Parameters
    ----------
    word_weights
        Attention of each word on its page, all its repeats together, (E,).
    counts
        How often it stands there, (E,).
    page_offsets
        Page g holds the entries ``page_offsets[g]`` to ``page_offsets[g + 1]``, (G + 1,).
    allowed
        False for words that cannot be taken; they do not count towards any amount, (E,).
    rule, amount
        ``percentile``: a share of the page's words, rounded up. ``mass``: the fewest words that together have a share
        of the attention. ``top_k``: a number of words. A page with words gives at least one.
    count_repeats
        For ``percentile``: take words until their tokens make up the share of the page's tokens, as published; a
        repeated word then crowds out others.

    Returns
    -------
    True for the words taken, (E,). Words are ordered by the attention on one token.
    """
    entries = np.flatnonzero(allowed)
    page = np.repeat(np.arange(len(page_offsets) - 1), np.diff(page_offsets))[entries]
    entries = entries[np.lexsort((-(word_weights[entries] / counts[entries]), page))]
    if rule == "mass":
        used = word_weights[entries].astype(np.float64)
    else:
        used = (counts if count_repeats else np.ones_like(counts))[entries].astype(np.float64)
    total = np.bincount(page, weights=used, minlength=len(page_offsets) - 1)
    quota = {"percentile": np.ceil(amount * total - 1e-9), "mass": amount * total}.get(
        rule, amount + 0 * total
    )
    before = np.cumsum(used) - used
    start = np.full(len(total), np.inf)
    np.minimum.at(start, page, before)
    taken = np.zeros(len(counts), dtype=bool)
    taken[entries] = before - start[page] < quota[page] - 1e-12
    return taken


def firm_shares(counts: sparse.csr_matrix, n_pages: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Compute the share of the firms that use each word: page counts (G, V) to (V,)."""
    firm = np.repeat(np.arange(len(n_pages)), n_pages)
    pairs = sparse.coo_matrix(
        (np.ones(counts.nnz), (np.repeat(firm, np.diff(counts.indptr)), counts.indices)),
        shape=(len(n_pages), counts.shape[1]),
    ).tocsr()
    return np.bincount(pairs.indices, minlength=counts.shape[1]) / max(len(n_pages), 1)


def union_of_pages(entries: pd.DataFrame) -> pd.DataFrame:
    """Keep each word of a firm once, from the page of the highest page weight times word weight, and rank them.

    Parameters
    ----------
    entries
        Columns ``firm_id``, ``page``, ``word``, ``word_weight``, ``page_weight`` and any other.

    Returns
    -------
    One row a firm and word, best first within a firm, with ``rank`` 1, 2, …
    """
    score = entries["page_weight"] * entries["word_weight"]
    ordered = entries.assign(score=score).sort_values(
        ["firm_id", "score", "page", "word"], ascending=[True, False, True, True], ignore_index=True
    )
    ordered = ordered.drop_duplicates(["firm_id", "word"], ignore_index=True).drop(columns="score")
    ordered["rank"] = ordered.groupby("firm_id").cumcount() + 1
    return ordered
