"""The keyword sets that are compared. What the talk calls KeyBERT, dual attention and both, and two null models.

How the talk joins KeyBERT with dual attention is not stated; here KeyBERT ranks only the words that attention took,
by the pages that it took them from.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ipml.keyword_comparison.firm_words import FirmWords, Mask

RAW, RANDOM, KEYBERT, DUAL_ATTENTION, BOTH = "raw", "random", "keybert", "dual_attn", "dual_attn+keybert"
SETS = (RAW, RANDOM, KEYBERT, DUAL_ATTENTION, BOTH)


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
    """How much each pair counts in a set, (N,): its tokens in ``raw``, elsewhere a chosen word once."""
    return {name: pairs.tokens * mask if name == RAW else mask.astype(float) for name, mask in sets.items()}
