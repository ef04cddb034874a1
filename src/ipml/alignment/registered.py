"""A registered alignment, linear or fused: its name, how to open it, and words brought into the reference space by it.

The reference space is that of the reference language's word vectors before any centring: all languages meet there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ipml.alignment.affine import Alignment, Matrix
from ipml.alignment.fused import KIND, FusedAlignment
from ipml.alignment.settings import AlignmentTraining, FusedAlignmentTraining
from ipml.errors import LineageError
from ipml.files import read_json
from ipml.reach import Reach
from ipml.settings import Embeddings, Inputs
from ipml.statistics.angles import unit_vectors
from ipml.text import Language, open_language
from ipml.text.languages import open_kept_language
from ipml.tracking import Lineage, ModelReference, RegisteredModel, Workspace
from ipml.tracking.model_files import SETTINGS

STAGE = "alignment"


def needs_alignment(embeddings: Embeddings, language: str, reference: str) -> bool:
    """Whether words of a language need a map to meet those of the reference language."""
    return language != reference and not embeddings.shared_space


def alignment_name(workspace: Workspace, language: str) -> str:
    """Registered name, for example ``alignment-ja-en``."""
    return workspace.name(STAGE, f"{language}-{workspace.settings.reference_language}")


class WordAlignment(Protocol):
    """Brings the words of a language into the reference space."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Pair, seed, lineage, source language: plain values."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""

    @property
    def word_error(self) -> Matrix | None:
        """Covariance matrix of the error of a calibrated word, shape (e, e); None where it is not known."""

    def reference_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words and their source vectors (n, d) to the reference space (n, e)."""

    def calibrated_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words to the reference space without contraction, for means; `InputError` without calibration."""


def open_alignment(folder: Path) -> WordAlignment:
    """Read the alignment of a model's folder; `InputError` if it is none."""
    return FusedAlignment.load(folder) if _kind(folder) == KIND else Alignment.load(folder)


def open_source_language(alignment: WordAlignment, reach: Reach) -> Language:
    """Open the word vectors and the tokenizer of an alignment's source language; `InputError` where it names none."""
    pair = str(alignment.settings.get("pair", ""))
    return open_kept_language(pair.split("-")[0], alignment.settings.get("source_language"), reach)


def training_settings(
    workspace: Workspace, model: RegisteredModel
) -> AlignmentTraining | FusedAlignmentTraining:
    """Settings that a registered alignment was trained with."""
    if _kind(model.folder) == KIND:
        return workspace.load_settings(model.run_id, FusedAlignmentTraining)
    return workspace.load_settings(model.run_id, AlignmentTraining)


def in_reference_space(
    alignment: WordAlignment | None, words: Sequence[str], vectors: npt.NDArray[Any], calibrated: bool
) -> npt.NDArray[np.float32]:
    """Words and their vectors (n, d) in the reference space (n, e), for means of them.

    Without an alignment they are there already and are brought to length 1, so that no word counts more for being
    longer. Aligned words are calibrated or, as published (``calibrated`` false), brought to length 1 each.
    """
    if alignment is None:
        return unit_vectors(vectors).astype(np.float32)
    if calibrated:
        return alignment.calibrated_vectors(words, vectors)
    return unit_vectors(alignment.reference_vectors(words, vectors)).astype(np.float32)


@dataclass(frozen=True)
class AlignedLanguage:
    """A language whose word vectors are brought into the reference space, without centring.

    Words of the reference language, and those of an encoder with one space for all languages, are there already, and
    have length 1, so that no word counts more for being longer. Aligned words are calibrated: their means are then
    those that reference words of the same meaning have at length 1, which single aligned words have not. As
    published (``calibrated`` false), each aligned word is brought to length 1.
    """

    language: Language
    alignment: WordAlignment | None
    lineage: Lineage
    calibrated: bool = True

    def to_reference_space(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Words of this language and their vectors (n, d) in the reference space (n, e)."""
        return in_reference_space(self.alignment, words, vectors, self.calibrated)


class WordSettings(Protocol):
    """Settings of a command that brings words into the reference space."""

    @property
    def embeddings(self) -> Embeddings:
        """Word vectors."""

    @property
    def inputs(self) -> Inputs:
        """Alias of the alignments that are read."""

    @property
    def calibrated(self) -> bool:
        """Whether aligned words are calibrated."""


def open_aligned_language(
    settings: WordSettings, workspace: Workspace, code: str, version: str | None = None
) -> AlignedLanguage:
    """Open a language's vectors and, where it needs one, the registered alignment.

    Parameters
    ----------
    version
        Of the alignment; None: the one at ``inputs.alias``.

    Raises
    ------
    LineageError
        If the alignment was made for other vectors of the language than those of ``embeddings``.
    """
    embeddings = settings.embeddings
    language = open_language(embeddings, code)
    if not needs_alignment(embeddings, code, workspace.settings.reference_language):
        return AlignedLanguage(language, None, Lineage(language.lineage))
    model = workspace.find_model(
        ModelReference(alignment_name(workspace, code), None if version else settings.inputs.alias, version)
    )
    name = f"embeddings-{code}"
    if model.lineage.get(name) != language.lineage[name]:
        raise LineageError(
            f"{model.name} version {model.version} was made with {name} {model.lineage.get(name)} but "
            f"embeddings={embeddings.name} has {language.lineage[name]}; train the alignment again"
        )
    lineage = Lineage(language.lineage).merge(model.own_lineage, f"embeddings={embeddings.name}", model.name)
    return AlignedLanguage(language, open_alignment(model.folder), lineage, settings.calibrated)


def _kind(folder: Path) -> object:
    try:
        settings = read_json(folder / SETTINGS)
    except (OSError, json.JSONDecodeError, UnicodeDecodeError):
        return None  # reading it as a linear one tells what is wrong
    return settings.get("kind") if isinstance(settings, dict) else None
