"""Orders in which words are taken away: how important each entry (a distinct word on a page) is said to be."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.corpus import Corpus
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.training.cross_fitting import NO_CHECKPOINTS
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
from ipml.keyword_comparison.sentence_encoders import SentenceEncoder
from ipml.text import Language

Order = Callable[[Sites, SiteScores], npt.NDArray[np.floating]]
_TIE = 1e-6  # relative difference: above the rounding errors of float32, below any difference worth an order


def attention_order(sites: Sites, scores: SiteScores) -> npt.NDArray[np.float64]:
    """Rank by the weight of the page times that of one token of the word on it, (E,).

    Tokens of equal attention differ by a rounding error that depends on their counts; in a firm, they tie.
    """
    lengths = np.diff(sites.counts.indptr)
    weights = np.repeat(scores.page_weights, lengths) * (
        scores.word_weights.astype(np.float64) / sites.counts.data
    )
    firm = sites.firm_of_page[sites.page_of_entry]
    order = np.lexsort((weights, firm))
    firm, ascending = firm[order], weights[order]
    is_first = np.ones(len(order), dtype=bool)  # of those that tie
    is_first[1:] = (np.diff(firm) != 0) | (np.diff(ascending) > _TIE * ascending[1:])
    weights[order] = ascending[np.flatnonzero(is_first)[np.cumsum(is_first) - 1]]
    return weights


def keybert_order(
    corpus: Corpus,
    sites: Sites,
    language: Language,
    reading: Mapping[str, Any],
    encoder: SentenceEncoder,
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
) -> Order:
    """Rank by KeyBERT's cosine of a word with its page, (E,); the same for every model.

    Parameters
    ----------
    corpus, sites, language
        Where the pages come from, and what was read of them.
    reading
        ``page_kinds`` and ``max_pages`` that they were read with.
    encoder
        What KeyBERT compares words and pages by.
    checkpoints
        Where the cosines are kept, and found again.
    """
    # Only now: KeyBERT takes seconds to import.
    from ipml.keyword_comparison.keybert_words import page_texts, word_cosines

    texts = page_texts(corpus, sites, language.code, reading["page_kinds"], reading["max_pages"])
    kept = checkpoints.arrays("keybert", lambda: {"cosines": word_cosines(sites, texts, encoder)})
    cosines = kept["cosines"]
    return lambda sites, scores: cosines
