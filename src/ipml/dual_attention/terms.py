"""Terms of firms, all pages together: single words, and pairs of words that stand side by side on a page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.errors import InputError

if TYPE_CHECKING:
    from ipml.dual_attention.sites import Sites

Codes = npt.NDArray[np.int64]
# first * (V + 1) + second + 1, with the numbers of its words in a vocabulary of V; a single word has second = -1.


def frequent_terms(sites: "Sites", n_words: int, ngrams: int) -> Codes:
    """Codes of the terms that more than one firm uses, ascending.

    Parameters
    ----------
    sites
        Firms whose words are numbered in a vocabulary.
    n_words
        Size V of the vocabulary.
    ngrams
        1: single words; 2: pairs too; 0: none.
    """
    if ngrams == 0:
        return np.zeros(0, dtype=np.int64)
    pairs = [
        np.unique(np.stack([codes, firm]), axis=1) for firm, codes, _ in _occurrences(sites, n_words, ngrams)
    ]
    codes, n_firms = np.unique(np.concatenate([pair[0] for pair in pairs]), return_counts=True)
    return codes[n_firms > 1]


def term_counts(sites: "Sites", n_words: int, codes: Codes) -> sparse.csr_matrix:
    """How often each firm uses each of N terms, CSR (F, N); other terms do not count."""
    ngrams = 2 if (codes % (n_words + 1) > 0).any() else 1
    rows, columns, values = [], [], []
    for firm, found, counts in _occurrences(sites, n_words, ngrams):
        place = np.searchsorted(codes, found).clip(max=max(len(codes) - 1, 0))
        known = np.flatnonzero(codes[place] == found) if len(codes) else np.zeros(0, np.int64)
        rows.append(firm[known])
        columns.append(place[known])
        values.append(counts[known])
    data = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return sparse.coo_matrix(data, shape=(len(sites), len(codes))).tocsr()


def _occurrences(
    sites: "Sites", n_words: int, ngrams: int
) -> Iterator[tuple[npt.NDArray[np.int64], Codes, npt.NDArray[np.floating]]]:
    """Firm, code and count of the single words, then of the pairs; words outside the vocabulary are passed over."""
    firm_of_page = sites.firm_of_page
    number = sites.vocabulary[sites.counts.indices]
    known = np.flatnonzero(number < n_words)
    page = sites.page_of_entry[known]
    yield firm_of_page[page], number[known] * (n_words + 1), sites.counts.data[known]
    if ngrams == 1:
        return
    if sites.reading_order is None:
        raise InputError("model.bag_of_words=2: these pages were read without the order of their words")
    page = np.repeat(np.arange(len(firm_of_page)), np.diff(sites.reading_order.offsets))
    number = sites.vocabulary[sites.reading_order.words]
    pair = np.flatnonzero((page[1:] == page[:-1]) & (number[1:] < n_words) & (number[:-1] < n_words))
    codes = number[pair] * (n_words + 1) + number[pair + 1] + 1
    yield firm_of_page[page[pair]], codes, np.ones(len(pair), dtype=np.float32)
