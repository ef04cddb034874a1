"""Pages cut into the subwords that an encoder reads, and the way back from subwords to words."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError


class Subwords(NamedTuple):
    """Subwords of P pages that have words, and what R occurrences of words they make up.

    An encoder's special tokens are subwords too, but part of no word. N subwords are part of one.
    """

    ids: Tensor  # (P, L) number of each subword, padded to the longest page
    mask: Tensor  # (P, L) 1 for a subword, 0 for padding
    places: Tensor  # (N,) which of all the subwords, page after page without padding, are part of a word
    occurrences: Tensor  # (N,) the occurrence that each of them is part of
    entries: Tensor  # (R,) entry of each occurrence among those of the batch
    n_entries: int  # E


class PageSubwords(NamedTuple):
    """Subwords of the pages of some firms, with word and page of each of the R occurrences."""

    subwords: Subwords
    words: npt.NDArray[np.int64]  # (R,) column of ``Sites.counts``
    lengths: npt.NDArray[np.int64]  # (G,) occurrences on each page


def tokenize_pages(
    sites: Sites, pages: npt.NDArray[np.int64], tokenizer: Any, max_subwords: int
) -> PageSubwords:
    """Cut each page into at most ``max_subwords`` subwords.

    A word that is cut off, or of which the tokenizer leaves nothing, does not occur.

    Parameters
    ----------
    sites
        Pages with the order of their words.
    pages
        Row numbers of G pages.
    tokenizer
        A fast tokenizer of `transformers`, called with the words of each page.
    """
    if sites.reading_order is None:
        raise InputError("model.encoder: these pages were read without the order of their words")
    order, offsets = sites.reading_order.words, sites.reading_order.offsets
    on_page = [order[offsets[page] : offsets[page + 1]].astype(np.int64) for page in pages]
    filled = [number for number, words in enumerate(on_page) if len(words)]
    texts = [[sites.words[word] for word in on_page[number]] for number in filled]
    cut = tokenizer(texts, is_split_into_words=True, truncation=True, max_length=max_subwords)
    ids = [torch.tensor(row, dtype=torch.int64) for row in cut["input_ids"]]
    lengths = np.zeros(len(pages), dtype=np.int64)
    words, places, occurrences = ([np.zeros(0, dtype=np.int64)] for _ in range(3))
    n_subwords = n_occurrences = 0
    for row, number in enumerate(filled):
        positions = np.array([-1 if word is None else word for word in cut.word_ids(row)], dtype=np.int64)
        in_word = np.flatnonzero(positions >= 0)
        kept, occurrence = np.unique(positions[in_word], return_inverse=True)
        words.append(on_page[number][kept])
        places.append(n_subwords + in_word)
        occurrences.append(n_occurrences + occurrence)
        lengths[number] = len(kept)
        n_subwords, n_occurrences = n_subwords + len(positions), n_occurrences + len(kept)
    found = np.concatenate(words)
    subwords = Subwords(
        ids=pad_sequence(ids, batch_first=True, padding_value=tokenizer.pad_token_id or 0),
        mask=pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
        places=torch.from_numpy(np.concatenate(places)),
        occurrences=torch.from_numpy(np.concatenate(occurrences)),
        entries=torch.from_numpy(_entries(sites, pages, found, lengths)),
        n_entries=len(sites.entries_of(pages)),
    )
    return PageSubwords(subwords, found, lengths)


def _entries(
    sites: Sites,
    pages: npt.NDArray[np.int64],
    words: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Find the entry of these pages that each occurrence belongs to, (R,)."""
    numbers = np.arange(len(pages), dtype=np.int64) * len(sites.words)
    columns = sites.counts.indices[sites.entries_of(pages)]
    entries = np.repeat(numbers, np.diff(sites.counts.indptr)[pages]) + columns
    order = np.argsort(entries)
    return order[np.searchsorted(entries, np.repeat(numbers, lengths) + words, sorter=order)]
