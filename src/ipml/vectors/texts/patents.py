"""Patents as whole texts, and technology vectors as weighted means of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy import sparse

from ipml.corpus import Corpus, split_position
from ipml.text.normalisation import normalise
from ipml.vectors.build_vectors import VectorsOfFirms
from ipml.vectors.firm_vectors import joined_texts, weighted_means, weights_of_texts
from ipml.vectors.patents import numbered_patents
from ipml.vectors.settings import PatentTexts, TextMeans
from ipml.vectors.split_half_error import error_weights
from ipml.vectors.texts.encoders import LanguageEncoder
from ipml.vectors.texts.phrases import shortened, without_names
from ipml.vectors.texts.products import Names


@dataclass(frozen=True)
class WholePatents:
    """The m patents of n firms as texts.

    Attributes
    ----------
    table
        Their rows of the corpus.
    firm
        Number of each patent's firm, shape (m,).
    texts
        What is encoded of each.
    """

    table: pa.Table
    firm: npt.NDArray[np.int64]
    texts: list[str]


def read_whole_patents(
    firms: pd.DataFrame,
    corpus: Corpus,
    names: Names,
    settings: PatentTexts,
    texts: TextMeans,
    seed: int,
) -> WholePatents:
    """Read the patents of the firms in ``settings.language``.

    Parameters
    ----------
    names
        Pattern of each firm's own names, which its patents are read without.
    texts
        ``max_patents`` and ``patent_characters``.
    seed
        Of the patents that are drawn of a firm with more.
    """
    table, firm = numbered_patents(firms, corpus, settings.language)
    if texts.max_patents is not None:
        kept = drawn(table["patent_id"].to_pylist(), firm, texts.max_patents, seed)
        table, firm = table.filter(pa.array(kept)), firm[kept]
    joined = joined_texts([table[field].to_pylist() for field in settings.fields])
    read = [
        shortened(without_names(normalise(text), names[of_firm]).strip(), texts.patent_characters)
        for text, of_firm in zip(joined, firm, strict=True)
    ]
    return WholePatents(table, firm, read)


def drawn(
    patent_ids: Sequence[str], firm: npt.NDArray[np.int64], most: int, seed: int
) -> npt.NDArray[np.bool_]:
    """Draw at most so many patents of each firm: whether each of m is taken, shape (m,).

    The newest would often be those of one project. By a hash, so that others stay when one comes or goes.
    """
    position = split_position(patent_ids, seed, "patents")
    order = np.lexsort((position, firm))
    place = np.empty(len(firm), dtype=np.int64)
    place[order] = np.arange(len(firm)) - np.searchsorted(firm[order], firm[order])
    return place < most


def patent_vectors(
    patents: WholePatents, encoder: LanguageEncoder, n_firms: int, by_length: bool, seed: int
) -> tuple[VectorsOfFirms, npt.NDArray[np.float32]]:
    """Technology vectors of n firms, and those of their m patents, shape (m, d): zeros for one that has none.

    Each patent of a firm counts once, or (``by_length``) by its characters.
    """
    vectors = encoder.encode(patents.texts, "encoding patents")
    weights = text_weights(patents.texts, patents.firm, n_firms, np.asarray(vectors.any(axis=1)), by_length)
    n_listed = np.bincount(patents.firm, minlength=n_firms)
    n_used = np.diff(weights.indptr).astype(np.int64)
    made = VectorsOfFirms(
        weighted_means(weights, vectors),
        weighted_means(error_weights(weights, seed), vectors),
        n_listed,
        n_used,
        n_used / np.maximum(n_listed, 1),
    )
    return made, vectors


def text_weights(
    texts: Sequence[str],
    firm: npt.NDArray[np.int64],
    n_firms: int,
    known: npt.NDArray[np.bool_],
    by_length: bool = False,
) -> sparse.csr_matrix:
    """Weights of m texts in the vectors of their firms, shape (n_firms, m): rows sum to 1, or are empty."""
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    return weights_of_texts(lengths, known, firm, n_firms, by_length)
