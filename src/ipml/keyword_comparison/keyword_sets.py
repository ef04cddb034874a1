"""The keyword sets that are compared. What the talk calls KeyBERT, dual attention and both, and two null models.

How the talk joins KeyBERT with dual attention is not stated; here KeyBERT ranks only the words that attention took,
by the pages that it took them from. Every set is a choice of the pairs of firm and word.

Shapes: F firms, V words, E entries (a distinct word on a page), N pairs (a distinct word of a firm).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.dual_attention.data.sites import Sites

Mask = npt.NDArray[np.bool_]
RAW, RANDOM, KEYBERT, DUAL_ATTENTION, BOTH = "raw", "random", "keybert", "dual_attn", "dual_attn+keybert"
SETS = (RAW, RANDOM, KEYBERT, DUAL_ATTENTION, BOTH)


@dataclass(frozen=True)
class FirmWords:
    """Pairs of firm and word, by firm and then by number of the word.

    Attributes
    ----------
    firms, words
        Row number of the firm and number of the word of each pair, (N,).
    tokens
        How often the word stands on the firm's pages, (N,).
    pair_of_entry
        Pair of each entry of ``Sites.counts``, (E,).
    shape
        F and V.
    """

    firms: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.float64]
    pair_of_entry: npt.NDArray[np.int64]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.firms)

    def per_firm(self, chosen: Mask) -> npt.NDArray[np.int64]:
        """Count the chosen pairs of each firm, (F,)."""
        return np.bincount(self.firms[chosen], minlength=self.shape[0])

    def of_entries(self, chosen: Mask) -> Mask:
        """Mark the pairs of which an entry is chosen: (E,) to (N,)."""
        return np.bincount(self.pair_of_entry[chosen], minlength=len(self)) > 0

    def highest(
        self, values: npt.NDArray[np.floating], entries: Mask | None = None
    ) -> npt.NDArray[np.float64]:
        """Take the highest value of each pair over the pages of the firm, (N,); -inf if no page counts.

        Parameters
        ----------
        values
            One an entry, (E,).
        entries
            Entries that count, (E,); all if None.
        """
        highest = np.full(len(self), -np.inf)
        counted = slice(None) if entries is None else entries
        np.maximum.at(highest, self.pair_of_entry[counted], values[counted])
        return highest

    def top(self, values: npt.NDArray[np.floating], among: Mask, numbers: npt.NDArray[np.integer]) -> Mask:
        """Choose the pairs of each firm with the highest values; of equal ones the first.

        Parameters
        ----------
        values
            One a pair, (N,).
        among
            Pairs that can be chosen, (N,).
        numbers
            How many to choose for each firm, (F,); fewer where it has fewer.
        """
        candidates = np.flatnonzero(among)
        order = candidates[np.lexsort((-values[candidates], self.firms[candidates]))]
        available = self.per_firm(among)
        place = np.arange(len(order)) - np.repeat(np.cumsum(available) - available, available)
        chosen = np.zeros(len(self), dtype=bool)
        chosen[order[place < np.repeat(numbers, available)]] = True
        return chosen

    def matrix(self, values: npt.NDArray[np.floating]) -> sparse.csr_matrix:
        """Arrange the values of the pairs as a matrix without the zeros, CSR (F, V)."""
        kept = np.flatnonzero(values)
        return sparse.csr_matrix((values[kept], (self.firms[kept], self.words[kept])), shape=self.shape)


def firm_words(sites: Sites) -> FirmWords:
    """Collect the pairs of firm and word on the pages of ``sites``."""
    n_words = len(sites.words)
    page_lengths = np.diff(sites.counts.indptr)
    firm_of_page = sites.firm_of_page
    keys = np.repeat(firm_of_page, page_lengths) * n_words + sites.counts.indices
    pairs, pair_of_entry = np.unique(keys, return_inverse=True)
    tokens = np.zeros(len(pairs))
    np.add.at(tokens, pair_of_entry, sites.counts.data)
    return FirmWords(pairs // n_words, pairs % n_words, tokens, pair_of_entry, (len(sites), n_words))


def keyword_sets(
    pairs: FirmWords,
    allowed: Mask,
    cosines: npt.NDArray[np.floating],
    taken: Mask,
    share: float,
    seed: int,
) -> dict[str, Mask]:
    """Choose the keyword sets of all firms.

    Parameters
    ----------
    pairs
        Words of each firm.
    allowed
        Pairs that may be keywords: without the firm's own names and common words, (N,). Dual attention leaves
        these out; KeyBERT and chance must too, or the comparison would be of stop words. ``raw`` keeps them.
    cosines
        KeyBERT's cosine of each entry, (E,).
    taken
        Entries that dual attention takes, (E,).
    share
        Of the keywords of dual attention that ``dual_attn+keybert`` keeps, rounded up.
    seed
        Of the random words.

    Returns
    -------
    Each of `SETS`, (N,). ``random`` and ``keybert`` have as many words for each firm as ``dual_attn``;
    ``dual_attn+keybert`` is a part of it.
    """
    keywords = pairs.of_entries(taken)
    numbers = pairs.per_firm(keywords)
    kept_numbers = np.ceil(share * numbers - 1e-9).astype(np.int64)
    chance = np.random.default_rng(seed).random(len(pairs))
    return {
        RAW: np.ones(len(pairs), dtype=bool),
        RANDOM: pairs.top(chance, allowed, numbers),
        KEYBERT: pairs.top(pairs.highest(cosines), allowed, numbers),
        DUAL_ATTENTION: keywords,
        BOTH: pairs.top(pairs.highest(cosines, taken), keywords, kept_numbers),
    }


def word_weights(pairs: FirmWords, sets: Mapping[str, Mask]) -> dict[str, npt.NDArray[np.float64]]:
    """Weigh each pair in a set, (N,): by its tokens in ``raw``, elsewhere a chosen word once."""
    return {name: pairs.tokens * mask if name == RAW else mask.astype(float) for name, mask in sets.items()}
