"""From keywords and patents to the firms that have both vectors; how many are left out, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ipml.alignment.registered import AlignedLanguage
from ipml.errors import InputError
from ipml.vectors.firm_vectors import (
    WordCounts,
    WordWeights,
    product_weights,
    rows_to_one,
    sif_weights,
    weighted_means,
)
from ipml.vectors.patents import Patents
from ipml.vectors.split_half_error import error_weights
from ipml.vectors.table import CORPORATE_GROUP, FirmVectors


@dataclass(frozen=True)
class VectorsOfFirms:
    """One kind of vector of n firms, whether they have one or not.

    Attributes
    ----------
    vectors
        Shape (n, d), zeros for a firm without known words.
    errors
        Their errors as two halves of a firm's keywords, phrases or patents tell them (`split_half_error`), shape
        (n, d); zeros for a firm with fewer than two.
    n_listed
        Keywords or patents of each firm, with or without a vector.
    n_used
        Keywords, phrases or patents that its vector is the mean of.
    coverage
        Share of the keywords, of the patents or of their words, that its vector is made of.
    """

    vectors: npt.NDArray[np.float32]
    errors: npt.NDArray[np.float32]
    n_listed: npt.NDArray[np.int64]
    n_used: npt.NDArray[np.int64]
    coverage: npt.NDArray[np.float64]


@dataclass(frozen=True)
class WordVectorsOfFirms(VectorsOfFirms):
    """Vectors that are means of those of words.

    Attributes
    ----------
    weights
        What each word counts in each firm's vector.
    counts
        How often each of these words was counted in all firms, which SIF weights are made of.
    """

    weights: WordWeights
    counts: WordCounts


def product_vectors(
    firms: pd.DataFrame,
    keywords: pd.DataFrame,
    aligned: AlignedLanguage,
    weight: str,
    sif_constant: float,
    seed: int,
) -> WordVectorsOfFirms:
    """Product vectors of the firms from a table of keywords.

    ``weight`` is ``equal``, ``attention`` or ``sif``: for that a word's frequency is its share of all keywords of all
    firms.
    """
    number = pd.Series(np.arange(len(firms)), index=firms["firm_id"])
    keywords = keywords[keywords["firm_id"].isin(number.index)]
    words = list(keywords["word"].unique())
    known, word_vectors = aligned.language.vectors.select(words)
    known_words = [word for word, is_known in zip(words, known, strict=True) if is_known]
    used = keywords[keywords["word"].isin(known_words)]
    weights = product_weights(
        number[used["firm_id"]].to_numpy(),
        pd.Series(np.cumsum(known) - 1, index=words)[used["word"]].to_numpy(),
        (used["page_weight"] * used["word_weight"]).to_numpy() if weight == "attention" else None,
        (len(firms), int(known.sum())),
    )
    frequencies = np.bincount(weights.indices, minlength=weights.shape[1])
    if weight == "sif":
        weights = rows_to_one((weights @ sparse.diags(sif_weights(frequencies, sif_constant))).tocsr())
    listed = keywords.groupby("firm_id")["word"].nunique().reindex(number.index, fill_value=0)
    n_listed, n_used = (np.array(x, dtype=np.int64) for x in (listed, np.diff(weights.indptr)))
    in_space = aligned.to_reference_space(known_words, word_vectors)
    return WordVectorsOfFirms(
        weighted_means(weights, in_space),
        weighted_means(error_weights(weights, seed), in_space),
        n_listed,
        n_used,
        n_used / np.maximum(n_listed, 1),
        WordWeights(weights, tuple(known_words)),
        WordCounts(tuple(known_words), frequencies.astype(np.float64)),
    )


def technology_vectors(patents: Patents, seed: int) -> WordVectorsOfFirms:
    """Technology vectors of the firms from their patents."""
    of_firms = patents.weights @ patents.of_words
    return WordVectorsOfFirms(
        weighted_means(of_firms, patents.word_vectors),
        weighted_means(error_weights(patents.weights, seed) @ patents.of_words, patents.word_vectors),
        np.bincount(patents.firm, minlength=patents.weights.shape[0]),
        np.diff(patents.weights.indptr).astype(np.int64),
        patents.coverage,
        WordWeights(of_firms, patents.words),
        WordCounts(patents.words, patents.frequencies),
    )


def reasons_without(patent_language: str, of: str = "words") -> tuple[str, str, str, str]:
    """Why a firm has no vectors of words or of texts: without keywords, products, patents, technology."""
    no_product, no_technology = {
        "words": ("no keyword with a vector", "no patent word with a vector"),
        "texts": ("no phrase with a vector", "no patent with a vector"),
    }[of]
    return "no keyword", no_product, f"no patent in {patent_language}", no_technology


def firms_with_both(
    firms: pd.DataFrame, products: VectorsOfFirms, technology: VectorsOfFirms, reasons: Sequence[str]
) -> tuple[FirmVectors, dict[str, int]]:
    """Keep the firms that have both vectors; also returns how many are left out, by the first of `reasons_without`.

    Raises
    ------
    InputError
        If no firm has both.
    """
    missing = (products.n_listed, products.n_used, technology.n_listed, technology.n_used)
    kept = np.ones(len(firms), dtype=bool)
    left_out = {}
    for reason, number in zip(reasons, missing, strict=True):
        applies = number == 0
        left_out[reason] = int((kept & applies).sum())
        kept &= ~applies
    if not kept.any():
        counts = ", ".join(f"{count} ({reason})" for reason, count in left_out.items())
        raise InputError(f"none of {len(firms)} firms has both vectors; left out: {counts}")
    described = firms.reindex(
        columns=["firm_id", "country", "firm_type", "industry", CORPORATE_GROUP]
    ).assign(
        n_keywords=products.n_used,
        n_patents=technology.n_used,
        keyword_coverage=products.coverage,
        patent_coverage=technology.coverage,
    )
    both = FirmVectors(described, products.vectors, technology.vectors, products.errors, technology.errors)
    return both.where(kept), left_out
