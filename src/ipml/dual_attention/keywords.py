"""Choosing a firm's keywords from the attention on its words and pages."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

COLUMNS = ("firm_id", "page", "url", "word", "word_weight", "page_weight", "rank")


def top_words(
    word_weights: npt.NDArray[np.floating],
    counts: npt.NDArray[np.floating],
    page_offsets: npt.NDArray[np.integer],
    share: float,
    count_repeats: bool,
) -> npt.NDArray[np.bool_]:
    """Words with the highest attention on each page.

    Parameters
    ----------
    word_weights
        Attention of each word on its page, all its repeats together, (E,).
    counts
        How often it stands there, (E,).
    page_offsets
        Page g holds the entries ``page_offsets[g]`` to ``page_offsets[g + 1]``, (G + 1,).
    share
        Share of a page's words to take, rounded up, so that a page with words gives at least one.
    count_repeats
        False: share of the distinct words. True: words until their tokens make up the share of the page's
        tokens, as published; a repeated word then crowds out others.

    Returns
    -------
    True for the words taken, (E,). Words are ordered by the attention on one token.
    """
    lengths = np.diff(page_offsets)
    page = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((-(word_weights / counts), page))
    used = (counts if count_repeats else np.ones_like(counts))[order].astype(np.float64)
    before = np.cumsum(used) - used
    has_words = lengths > 0
    start_of_page = np.zeros(len(lengths))
    start_of_page[has_words] = before[page_offsets[:-1][has_words]]
    tokens = np.bincount(page, weights=used, minlength=len(lengths))
    quota = np.ceil(share * tokens - 1e-9)
    taken = np.zeros(len(counts), dtype=bool)
    taken[order] = before - start_of_page[page] < quota[page]
    return taken


def firm_shares(counts: sparse.csr_matrix, n_pages: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Share of the firms on whose pages each word stands: page counts (G, V) to (V,)."""
    firm = np.repeat(np.arange(len(n_pages)), n_pages)
    pairs = sparse.coo_matrix(
        (np.ones(counts.nnz), (np.repeat(firm, np.diff(counts.indptr)), counts.indices)),
        shape=(len(n_pages), counts.shape[1]),
    ).tocsr()
    return np.bincount(pairs.indices, minlength=counts.shape[1]) / max(len(n_pages), 1)


def union_of_pages(entries: pd.DataFrame) -> pd.DataFrame:
    """Each word of a firm once, from the page where page weight times word weight is highest, ranked.

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


def without_names(entries: pd.DataFrame, names: dict[str, set[str]]) -> pd.DataFrame:
    """Entries whose word is not among the words of the firm's own names (``firm_id`` to words)."""
    nothing: Sequence[str] = ()
    own = [
        word in names.get(firm_id, nothing)
        for firm_id, word in zip(entries["firm_id"], entries["word"], strict=True)
    ]
    return entries[~np.array(own, dtype=bool)]
