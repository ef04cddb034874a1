"""Patents of firms as weights of words: what technology vectors are made of."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy import sparse

from ipml.alignment.registered import AlignedLanguage
from ipml.corpus import Corpus
from ipml.corpus.firm_names import own_entries
from ipml.text import encode_texts
from ipml.vectors.firm_vectors import joined_texts, patent_weights, rows_to_one, sif_weights
from ipml.vectors.settings import PatentTexts


class Patents(NamedTuple):
    """The m patents of n firms; their w words are those that have a vector.

    Attributes
    ----------
    table
        Their rows of the corpus.
    firm
        Number of each patent's firm, shape (m,).
    weights
        What each patent counts in each firm's vector, shape (n, m); a row sums to 1, or is empty.
    of_words
        What each word counts in each patent's vector, shape (m, w); a row sums to 1, or is empty.
    words, word_vectors
        The words, and their vectors in the reference space, shape (w, d).
    coverage
        Share of the words of each firm's patents that have a vector, shape (n,).
    frequencies
        How often each word stands in these patents, shape (w,).
    """

    table: pa.Table
    firm: npt.NDArray[np.int64]
    weights: sparse.csr_matrix
    of_words: sparse.csr_matrix
    words: tuple[str, ...]
    word_vectors: npt.NDArray[np.float32]
    coverage: npt.NDArray[np.float64]
    frequencies: npt.NDArray[np.float64]


def numbered_patents(
    firms: pd.DataFrame, corpus: Corpus, language: str
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Rows of the firms' m patents in a language, and the number of each one's firm, (m,)."""
    number = pd.Series(np.arange(len(firms)), index=firms["firm_id"])
    table = corpus.patents(firms["firm_id"], language)
    return table, number[table["firm_id"].to_pylist()].to_numpy(dtype=np.int64)


def read_patents(
    firms: pd.DataFrame,
    corpus: Corpus,
    aligned: AlignedLanguage,
    names: Sequence[Iterable[str]],
    settings: PatentTexts,
    sif_constant: float,
) -> Patents:
    """Read the patents of the firms.

    Parameters
    ----------
    names
        Words of each firm's own names, which its patents are read without.
    settings
        ``language``, ``fields`` and ``weight``: ``equal``, ``length`` or ``sif``; for that a word's frequency is
        its share of all words of these patents, and each patent counts once.
    """
    table, firm = numbered_patents(firms, corpus, settings.language)
    texts = joined_texts([table[field].to_pylist() for field in settings.fields])
    encoded = encode_texts(texts, aligned.language, description="reading patents")
    counts = encoded.counts().astype(np.float64)
    counts.data[own_entries(counts, firm, encoded.words, names)] = 0.0
    counts.eliminate_zeros()
    weights = patent_weights(counts, firm, len(firms), settings.weight == "length")
    frequencies = np.asarray(counts.sum(axis=0)).ravel()
    if settings.weight == "sif":
        counts = (counts @ sparse.diags(sif_weights(frequencies, sif_constant))).tocsr()
    n_tokens = np.bincount(firm, weights=encoded.n_tokens, minlength=len(firms))
    n_known = np.bincount(firm, weights=encoded.lengths, minlength=len(firms))
    return Patents(
        table,
        firm,
        weights,
        rows_to_one(counts),
        tuple(encoded.words),
        aligned.to_reference_space(encoded.words, encoded.vectors),
        n_known / np.maximum(n_tokens, 1),
        frequencies,
    )
