"""The words of a page in reading order with the attention on each, which the model itself does not keep."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites

# Times the attention that each word would have if the model looked at all words of the page alike. A ratio
# and not the share of the page's highest weight, so that flat attention is not made to look like a choice.
STEPS = (1.2, 2.0, 4.0, 8.0, 16.0)
MAX_SHOWN = 2000  # words of a page, with or without a vector


@dataclass(frozen=True)
class Word:
    """A word where it stands on a page.

    Attributes
    ----------
    text
        The word as the tokenizer cuts it.
    weight
        Attention on this one occurrence; None for a word without a vector.
    times
        The weight as a multiple of even attention over the page; 0 without a vector.
    """

    text: str
    weight: float | None
    times: float

    @property
    def step(self) -> int:
        """Shade of the word: 0 for even attention or less, up to ``len(STEPS)``."""
        return bisect_right(STEPS, self.times)


def word_weights(sites: Sites, scores: SiteScores, page: int) -> dict[str, float]:
    """Compute the attention on one occurrence of each word that the model read on a page, by word."""
    entries = slice(sites.counts.indptr[page], sites.counts.indptr[page + 1])
    words = (sites.words[number] for number in sites.counts.indices[entries])
    once = scores.word_weights[entries] / sites.counts.data[entries]
    return dict(zip(words, once.tolist(), strict=True))


def known_tokens(sites: Sites, page: int) -> int:
    """Count the words that the model read on a page, with repeats."""
    return int(np.sum(sites.counts.data[sites.counts.indptr[page] : sites.counts.indptr[page + 1]]))


def in_reading_order(
    tokens: Sequence[str], weights: Mapping[str, float], n_known: int, max_tokens: int
) -> tuple[list[Word], int]:
    """List the words of a page as far as the model read it, at most `MAX_SHOWN`.

    Parameters
    ----------
    tokens
        All words of the page, by the model's own tokenizer.
    weights, n_known
        From `word_weights` and `known_tokens`.
    max_tokens
        Number of known words after which the model reads no further; which of those behind have a vector is not known.

    Returns
    -------
    The words, and how many are left out behind them.
    """
    shown: list[Word] = []
    left = n_known
    for token in tokens[:MAX_SHOWN]:
        if left == 0 and n_known >= max_tokens:
            break
        weight = weights.get(token)
        shown.append(Word(token, weight, 0.0 if weight is None else weight * n_known))
        left -= weight is not None
    return shown, len(tokens) - len(shown)
