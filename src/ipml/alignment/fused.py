"""The registered fused alignment: reference-space vectors of the words it has translated, a linear map for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.alignment.affine import Alignment, Matrix
from ipml.errors import InputError
from ipml.tracking.model_files import load_model, save_model

KIND = "fused_alignment"
FOLDER = "linear"  # of the linear map, inside the model's folder


@dataclass(frozen=True)
class FusedAlignment:
    """Vectors of translated words in the reference space.

    Attributes
    ----------
    linear
        Map for words that were not translated.
    words
        n translated words.
    vectors
        Mean of the vectors of each word's best translations, weighted by their probabilities: (n, e).
    calibrated
        The same without contraction, for means of words: (n, e); None where the dictionary was too small to tell.
    error
        Covariance matrix of the error of one of these, shape (e, e); None where it is not known.
    """

    linear: Alignment
    words: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    calibrated: npt.NDArray[np.float32] | None = None
    error: Matrix | None = None

    @property
    def word_error(self) -> Matrix | None:
        """Covariance matrix of the error of a calibrated word: that of the translated ones, which are most."""
        return self.linear.word_error if self.calibrated is None else self.error

    @property
    def settings(self) -> dict[str, Any]:
        """Plain values of the model."""
        return dict(self.linear.settings)

    def reference_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words and their source vectors (n, d) to the reference space (n, e)."""
        return self._translated(words, self.linear.apply(vectors), self.vectors)

    def calibrated_vectors(self, words: Sequence[str], vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring words to the reference space without contraction; `InputError` if the model was not calibrated."""
        linear = self.linear.calibrated_vectors(words, vectors)
        return linear if self.calibrated is None else self._translated(words, linear, self.calibrated)

    def _translated(
        self, words: Sequence[str], by_map: npt.NDArray[np.float32], vectors: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        for place, word in enumerate(words):
            if word in self._row:
                by_map[place] = vectors[self._row[word]]
        return by_map

    @cached_property
    def _row(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        self.linear.save(folder / FOLDER)
        tensors: dict[str, npt.NDArray[Any]] = {"vectors": self.vectors}
        if self.calibrated is not None:
            tensors["calibrated"] = self.calibrated
        if self.error is not None:
            tensors["error"] = self.error
        save_model(folder, KIND, tensors, {**self.settings, "words": list(self.words)})

    @classmethod
    def load(cls, folder: Path) -> "FusedAlignment":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        vectors, words = tensors.get("vectors"), settings.get("words")
        linear = Alignment.load(folder / FOLDER)
        n_words = len(words) if isinstance(words, list) else -1
        if words is None or vectors is None or vectors.shape != (n_words, len(linear.matrix)):
            raise InputError(f"{folder}: words and vectors do not match; train the alignment again")
        return cls(linear, tuple(words), vectors, tensors.get("calibrated"), tensors.get("error"))


def mean_translations(
    found: npt.NDArray[np.int64], probabilities: npt.NDArray[Any], targets: npt.NDArray[Any], number: int
) -> npt.NDArray[np.float32]:
    """Mean of the vectors of each word's ``number`` best translations, weighted by their probabilities.

    Parameters
    ----------
    found, probabilities
        Target rows, best first, and their probabilities: shape (q, C).
    targets
        Word vectors of the reference language, shape (m, e).

    Returns
    -------
    array of shape (q, e)
    """
    weights = probabilities[:, :number] / probabilities[:, :number].sum(axis=1, keepdims=True)
    return np.einsum("qc,qce->qe", weights, targets[found[:, :number]]).astype(np.float32)
