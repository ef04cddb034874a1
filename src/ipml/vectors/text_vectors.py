"""Firm vectors of texts that stand in no corpus, made as a run of the stage made them; what a served mapping keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.alignment.registered import AlignedLanguage, alignment_name, open_aligned_language
from ipml.errors import InputError, NotRecordedError, choice_error
from ipml.files import read_json, write_json
from ipml.reach import Reach
from ipml.text import encode_texts
from ipml.tracking import Workspace
from ipml.vectors.firm_vectors import (
    PATENT_COUNTS,
    PRODUCT_COUNTS,
    WordCounts,
    patent_weights,
    product_weights,
    rows_to_one,
    weighted_means,
)
from ipml.vectors.kept_languages import load_language, save_language
from ipml.vectors.settings import VectorsSettings
from ipml.vectors.table import TEXTS
from ipml.vectors.texts.build_texts import open_encoders
from ipml.vectors.texts.serving import WholeTextVectors

PRODUCTS, TECHNOLOGY = "products", "technology"
Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TextVectors:
    """Makes the two vectors of firms; NaN for a firm without a known word.

    Attributes
    ----------
    languages
        Of ``products`` and of ``technology``.
    weights
        Of both, as the keys ``products.weight`` and ``patents.weight`` of the stage name them.
    counts
        How often the stage counted each word of a side whose weight is ``sif``; a word it never saw counts as the
        rarest.
    sif_constant
        Its key of the stage.
    """

    languages: Mapping[str, AlignedLanguage]
    weights: Mapping[str, str]
    counts: Mapping[str, WordCounts] = field(default_factory=dict)
    sif_constant: float = 1.0

    def check(self, side: str) -> None:
        """Refuse a side whose words the stage weighed by what single texts do not tell: `InputError`."""
        weight = self.weights[side]
        if weight == "attention":
            raise InputError(
                f"{side}: the vectors were made with weight=attention, which single texts do not tell; allowed: "
                "equal or sif"
            )
        if weight == "sif" and side not in self.counts:
            raise InputError(
                f"{side}: the vectors were made with weight=sif by a version that kept no counts of words; run "
                "`ipml vectors` and train the mapping again"
            )

    def make(self, side: str, firm: npt.NDArray[np.int64], texts: Sequence[str], n_firms: int) -> Vectors:
        """Vectors of n firms from m texts: shape (n_firms, d).

        Parameters
        ----------
        side
            ``technology``: a text is a patent. ``products``: a text is keywords with white space between them.
        firm
            Number of each text's firm, shape (m,).

        Raises
        ------
        InputError
            If the stage weighed words by attention, which texts do not tell, or kept no counts of words.
        """
        self.check(side)
        return (
            self._products(firm, texts, n_firms)
            if side == PRODUCTS
            else self._technology(firm, texts, n_firms)
        )

    def _technology(self, firm: npt.NDArray[np.int64], texts: Sequence[str], n_firms: int) -> Vectors:
        aligned = self.languages[TECHNOLOGY]
        encoded = encode_texts(texts, aligned.language)
        counts = encoded.counts().astype(np.float64)
        weights = patent_weights(counts, firm, n_firms, self.weights[TECHNOLOGY] == "length")
        if self.weights[TECHNOLOGY] == "sif":
            counts = self._by_sif(TECHNOLOGY, counts, encoded.words)
        vectors = aligned.to_reference_space(encoded.words, encoded.vectors)
        return _means(weights @ rows_to_one(counts), vectors)

    def _products(self, firm: npt.NDArray[np.int64], texts: Sequence[str], n_firms: int) -> Vectors:
        aligned = self.languages[PRODUCTS]
        listed = [(number, word) for number, text in zip(firm, texts, strict=True) for word in text.split()]
        words = list(dict.fromkeys(word for _, word in listed))
        known, vectors = aligned.language.vectors.select(words)
        known_words = [word for word, is_known in zip(words, known, strict=True) if is_known]
        place = {word: number for number, word in enumerate(known_words)}
        pairs = np.array([(number, place[word]) for number, word in listed if word in place], dtype=np.int64)
        numbers, of_words = pairs.reshape(-1, 2).T
        of_firms = product_weights(numbers, of_words, None, (n_firms, len(known_words)))
        if self.weights[PRODUCTS] == "sif":
            of_firms = rows_to_one(self._by_sif(PRODUCTS, of_firms, known_words))
        return _means(of_firms, aligned.to_reference_space(known_words, vectors))

    def _by_sif(self, side: str, weights: sparse.csr_matrix, words: Sequence[str]) -> sparse.csr_matrix:
        """Weights of words (m, w), times those of SIF."""
        return (weights @ sparse.diags(self.counts[side].sif_weights(words, self.sif_constant))).tocsr()

    def save(self, folder: Path) -> dict[str, Any]:
        """Write alignments and counts of words below the folder of a model; returns plain settings for `load`."""
        of_sides = {}
        for side, aligned in self.languages.items():
            of_sides[side] = {
                **save_language(folder, aligned),
                "weight": self.weights[side],
                "sif_constant": self.sif_constant,
            }
            if side in self.counts:
                counts = self.counts[side]
                content = {"words": list(counts.words), "counts": counts.counts.tolist()}
                write_json(folder / _counts_file(side), content)
        return of_sides

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any], reach: Reach | None = None) -> "TextVectors":
        """Open what `save` wrote.

        Parameters
        ----------
        reach
            What the settings may read; None: below the current folder or ``IPML_HOME``.

        Raises
        ------
        InputError
            If word vectors cannot be opened, are not the same any more, or may not be read.
        """
        reach = Reach.of_now() if reach is None else reach
        languages, counts, constant = {}, {}, 1.0
        for side, of_side in settings.items():
            if side not in (PRODUCTS, TECHNOLOGY):  # a part of a file's name below
                raise choice_error(f"{folder}: side", side, (PRODUCTS, TECHNOLOGY))
            languages[side] = load_language(folder, of_side, reach)
            constant = float(of_side.get("sif_constant", constant))
            if (folder / _counts_file(side)).is_file():
                content = read_json(folder / _counts_file(side))
                counts[side] = WordCounts(
                    tuple(content["words"]), np.array(content["counts"], dtype=np.float64)
                )
        weights = {side: of_side["weight"] for side, of_side in settings.items()}
        return cls(languages, weights, counts, constant)


class MakesVectors(Protocol):
    """Makes vectors of texts as a run of the stage made those of firms: of words, or of whole texts."""

    def check(self, side: str) -> None:
        """Refuse a side that single texts do not tell: `InputError`."""

    def make(self, side: str, firm: npt.NDArray[np.int64], texts: Sequence[str], n_firms: int) -> Vectors:
        """Vectors of n firms from m texts: shape (n_firms, d)."""

    def save(self, folder: Path) -> dict[str, Any]:
        """Write what is needed below the folder of a model; returns plain settings for `load_text_vectors`."""


def load_text_vectors(folder: Path, settings: Mapping[str, Any], reach: Reach | None = None) -> MakesVectors:
    """Open what makes vectors of texts, as a model's folder has it; the parameters are those of `TextVectors.load`."""
    if settings.get("vectors") == TEXTS:
        return WholeTextVectors.load(folder, settings, Reach.of_now() if reach is None else reach)
    return TextVectors.load(folder, settings, reach)


def text_vectors_of_run(workspace: Workspace, run_id: str) -> MakesVectors:
    """Make vectors of texts as a run of the stage ``vectors`` did, own names of firms apart, which it leaves out."""
    made_with, lineage = workspace.load_settings(run_id, VectorsSettings), workspace.get_run(run_id).lineage
    if made_with.vectors.kind == TEXTS:
        return WholeTextVectors.of_run(made_with, open_encoders(made_with, workspace, lineage.get))
    products, technology = (
        open_aligned_language(made_with, workspace, code, lineage.get(alignment_name(workspace, code)))
        for code in (made_with.language, made_with.patents.language)
    )
    weights = {PRODUCTS: made_with.products.weight, TECHNOLOGY: made_with.patents.weight}
    counts = {}
    for side, table in ((PRODUCTS, PRODUCT_COUNTS), (TECHNOLOGY, PATENT_COUNTS)):
        if weights[side] == "sif":
            try:
                counts[side] = WordCounts.from_frame(workspace.load_table(run_id, table))
            except NotRecordedError:  # by a version that kept none: `check` says so
                continue
    languages = {PRODUCTS: products, TECHNOLOGY: technology}
    return TextVectors(languages, weights, counts, made_with.sif_constant)


def _counts_file(side: str) -> str:
    return f"word_counts-{side}.json"


def _means(weights: Any, vectors: npt.NDArray[Any]) -> Vectors:
    means = weighted_means(weights, vectors).astype(np.float64)
    means[np.diff(weights.tocsr().indptr) == 0] = np.nan
    return means
