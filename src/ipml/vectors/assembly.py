"""From keywords and patents to the firms that have both vectors; how many are left out, and why."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.text import encode_texts
from ipml.vectors.english_space import AlignedLanguage
from ipml.vectors.firm_vectors import joined_texts, product_weights, technology_weights, weighted_means
from ipml.vectors.table import FirmVectors
from ipml.vectors.word_weights import WordWeights


class VectorsOfFirms(NamedTuple):
    """One kind of vector of n firms, whether they have one or not.

    Attributes
    ----------
    vectors
        Shape (n, d), zeros for a firm without known words.
    n_listed
        Keywords or patents of each firm, with or without a known word.
    n_used
        Those with a known word.
    coverage
        Share of the keywords, or of the words of the patents, that have a vector.
    weights
        What each word counts in each firm's vector.
    """

    vectors: npt.NDArray[np.float32]
    n_listed: npt.NDArray[np.int64]
    n_used: npt.NDArray[np.int64]
    coverage: npt.NDArray[np.float64]
    weights: WordWeights


def product_vectors(
    firms: pd.DataFrame, keywords: pd.DataFrame, aligned: AlignedLanguage, weight: str
) -> VectorsOfFirms:
    """Product vectors of the firms from a table of keywords; ``weight``: ``equal`` or ``attention``."""
    number = pd.Series(np.arange(len(firms)), index=firms["firm_id"])
    keywords = keywords[keywords["firm_id"].isin(number.index)]
    words = list(keywords["word"].unique())
    known, word_vectors = aligned.language.vectors.select(words)
    known_words = [word for word, is_known in zip(words, known, strict=True) if is_known]
    used = keywords[keywords["word"].isin(known_words)]
    weights = product_weights(
        number[used["firm_id"]].to_numpy(),
        pd.Series(np.cumsum(known) - 1, index=words)[used["word"]].to_numpy(),
        None if weight == "equal" else (used["page_weight"] * used["word_weight"]).to_numpy(),
        (len(firms), int(known.sum())),
    )
    listed = keywords.groupby("firm_id")["word"].nunique().reindex(number.index, fill_value=0)
    n_listed, n_used = (np.array(x, dtype=np.int64) for x in (listed, np.diff(weights.indptr)))
    vectors = weighted_means(weights, aligned.to_english_space(known_words, word_vectors))
    coverage = n_used / np.maximum(n_listed, 1)
    return VectorsOfFirms(vectors, n_listed, n_used, coverage, WordWeights(weights, tuple(known_words)))


def technology_vectors(
    firms: pd.DataFrame, corpus: Corpus, aligned: AlignedLanguage, settings: DictConfig
) -> VectorsOfFirms:
    """Technology vectors of the firms from their patents; settings: ``language``, ``fields``, ``weight``."""
    number = pd.Series(np.arange(len(firms)), index=firms["firm_id"])
    patents = corpus.patents(firms["firm_id"], settings.language)
    texts = joined_texts([patents[field].to_pylist() for field in settings.fields])
    encoded = encode_texts(texts, aligned.language, description="reading patents")
    firm = number[patents["firm_id"].to_pylist()].to_numpy(dtype=np.int64)
    weights = technology_weights(encoded.counts(), firm, len(firms), settings.weight == "length")
    n_tokens = np.bincount(firm, weights=encoded.n_tokens, minlength=len(firms))
    n_known = np.bincount(firm, weights=encoded.lengths, minlength=len(firms))
    return VectorsOfFirms(
        weighted_means(weights, aligned.to_english_space(encoded.words, encoded.vectors)),
        np.bincount(firm, minlength=len(firms)),
        np.bincount(firm[encoded.lengths > 0], minlength=len(firms)),
        n_known / np.maximum(n_tokens, 1),
        WordWeights(weights, tuple(encoded.words)),
    )


def firms_with_both(
    firms: pd.DataFrame, products: VectorsOfFirms, technology: VectorsOfFirms, patent_language: str
) -> tuple[FirmVectors, dict[str, int]]:
    """Keep the firms that have both vectors; also returns how many are left out, by the first reason.

    Raises
    ------
    InputError
        If no firm has both.
    """
    reasons = {
        "no keyword": products.n_listed == 0,
        "no keyword with a vector": products.n_used == 0,
        f"no patent in {patent_language}": technology.n_listed == 0,
        "no patent word with a vector": technology.n_used == 0,
    }
    kept = np.ones(len(firms), dtype=bool)
    left_out = {}
    for reason, applies in reasons.items():
        left_out[reason] = int((kept & applies).sum())
        kept &= ~applies
    if not kept.any():
        counts = ", ".join(f"{count} ({reason})" for reason, count in left_out.items())
        raise InputError(f"none of {len(firms)} firms has both vectors; left out: {counts}")
    described = firms[["firm_id", "country", "firm_type", "industry"]].assign(
        n_keywords=products.n_used,
        n_patents=technology.n_used,
        keyword_coverage=products.coverage,
        patent_coverage=technology.coverage,
    )
    return FirmVectors(described, products.vectors, technology.vectors).where(kept), left_out
