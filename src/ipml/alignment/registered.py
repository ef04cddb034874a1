"""A registered alignment, linear or fused: what the stages after it know of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ipml.alignment.affine import Alignment, Matrix
from ipml.alignment.fusion.translated import KIND, FusedAlignment
from ipml.files import read_json
from ipml.statistics.angles import unit_vectors
from ipml.tracking.model_files import SETTINGS


class WordAlignment(Protocol):
    """Brings the words of a language into the English space."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Pair, seed, lineage, source language: plain values."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""

    @property
    def word_error(self) -> Matrix | None:
        """Covariance matrix of the error of a calibrated word, shape (e, e); None where it is not known."""

    def english_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words and their source vectors (n, d) to the English space (n, e)."""

    def calibrated_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words to the English space without contraction, for means of them; `InputError` without calibration."""


def open_alignment(folder: Path) -> WordAlignment:
    """Read the alignment of a model's folder; `InputError` if it is none."""
    return FusedAlignment.load(folder) if _kind(folder) == KIND else Alignment.load(folder)


def in_english_space(
    alignment: WordAlignment | None, words: Sequence[str], vectors: npt.NDArray[Any], calibrated: bool
) -> npt.NDArray[np.float32]:
    """Words and their vectors (n, d) in the English space (n, e), for means of them.

    Without an alignment they are there already and are brought to length 1, so that no word counts more for being
    longer. Aligned words are calibrated or, as published (``calibrated`` false), brought to length 1 each.
    """
    if alignment is None:
        return unit_vectors(vectors).astype(np.float32)
    if calibrated:
        return alignment.calibrated_vectors(words, vectors)
    return unit_vectors(alignment.english_vectors(words, vectors)).astype(np.float32)


def _kind(folder: Path) -> object:
    try:
        settings = read_json(folder / SETTINGS)
    except (OSError, json.JSONDecodeError, UnicodeDecodeError):
        return None  # reading it as a linear one tells what is wrong
    return settings.get("kind") if isinstance(settings, dict) else None
