"""Batches of firms as the networks read them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.data.subwords import Subwords


class SiteBatch(NamedTuple):
    """Sites of F firms: G pages, E entries (a distinct word on a page), W distinct words, dimension d."""

    vectors: Tensor  # (W, d) vectors of the distinct words of the batch
    vocabulary: Tensor  # (W,) number of each of these words in the network's vocabulary, V for others
    words: Tensor  # (E,) row of ``vectors``
    counts: Tensor  # (E,) how often the word stands on the page
    page_offsets: Tensor  # (G + 1,) first entry of each page
    n_pages: Tensor  # (F,) pages of each firm
    labels: Tensor  # (F,) 1 holds patents, 0 holds none, NaN unknown
    subwords: Subwords | None = None  # for an encoder, which makes ``vectors`` from them


def site_batch(
    sites: Sites, firms: npt.NDArray[np.int64], labels: npt.NDArray[np.floating] | None = None
) -> SiteBatch:
    """Make the tensors of some firms; ``labels`` are those of all firms, (F,)."""
    pages = sites.pages_of(firms)
    entries = sites.entries_of(pages)
    words, places = _renumber(sites.counts.indices[entries], len(sites.words))
    lengths = np.diff(sites.counts.indptr)[pages]
    chosen = np.full(len(firms), np.nan) if labels is None else labels[firms]
    return SiteBatch(
        vectors=torch.from_numpy(sites.vectors).index_select(0, torch.from_numpy(words)),
        vocabulary=torch.from_numpy(sites.vocabulary[words]),
        words=torch.from_numpy(places),
        counts=torch.from_numpy(sites.counts.data[entries]),
        page_offsets=torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)),
        n_pages=torch.from_numpy(sites.n_pages[firms]),
        labels=torch.from_numpy(chosen.astype(np.float32)),
    )


def _renumber(
    words: npt.NDArray[np.int32], n_words: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the distinct words, ascending, and the place of each entry's word among them, without sorting."""
    occurs = np.zeros(n_words, dtype=bool)
    occurs[words] = True
    distinct = np.flatnonzero(occurs)
    place = np.empty(n_words, dtype=np.int64)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[words]
