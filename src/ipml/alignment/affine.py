"""The registered alignment: an affine map from a language's word vectors into the English space.

Centring helps to find the map but must not stay in the result: the firm vectors of every country need one
origin and the common mean that words share. So the space that all languages meet in is that of the English
vectors *before* centring, and a source vector x goes to

    target_mean + scale · A (x − source_mean),

x after the steps before centring (unit length by default). Length steps after centring only weigh the
pairs of the fit and the search; they do not change a direction about the mean. ``scale`` is the ratio of
the mean lengths of centred English words and mapped centred source words: without it a ridge map, which
shrinks, would pull every word towards the English mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.alignment.preprocessing import before_centring, prepare
from ipml.errors import InputError
from ipml.tracking.model_files import load_model, save_model

KIND = "alignment"


@dataclass(frozen=True)
class Alignment:
    """Map from the d dimensions of a source language to the e dimensions of English.

    Attributes
    ----------
    matrix
        A, shape (e, d), acting on column vectors.
    source_mean, target_mean
        Shapes (d,) and (e,).
    scale
        Above 0.
    steps
        Names of the preprocessing steps, in order.
    settings
        Pair, solver, fingerprints: plain values.
    """

    matrix: npt.NDArray[np.float64]
    source_mean: npt.NDArray[np.float64]
    target_mean: npt.NDArray[np.float64]
    scale: float
    steps: tuple[str, ...]
    settings: Mapping[str, Any]

    def apply(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Map source word vectors (n, d) to the English space (n, e)."""
        self._check(vectors)
        centred = before_centring(vectors, self.steps) - self.source_mean
        return (self.target_mean + self.scale * (centred @ self.matrix.T)).astype(np.float32)

    def queries(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Map source word vectors (n, d) to where `prepare` puts English words: for search."""
        self._check(vectors)
        return prepare(vectors, self.steps, self.source_mean) @ self.matrix.T

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tensors = {
            "matrix": self.matrix,
            "source_mean": self.source_mean,
            "target_mean": self.target_mean,
            "scale": np.array([self.scale]),
        }
        save_model(folder, KIND, tensors, {**self.settings, "steps": list(self.steps)})

    @classmethod
    def load(cls, folder: Path) -> "Alignment":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        try:
            return cls(
                tensors["matrix"],
                tensors["source_mean"],
                tensors["target_mean"],
                float(tensors["scale"][0]),
                tuple(settings["steps"]),
                settings,
            )
        except KeyError as error:
            raise InputError(f"{folder}: an alignment without {error}; train it again") from error

    def _check(self, vectors: npt.NDArray[Any]) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self.matrix.shape[1]:
            raise InputError(
                f"vectors of shape {vectors.shape}: the alignment {self.settings.get('pair', '')} takes "
                f"(n, {self.matrix.shape[1]})"
            )


def length_ratio(
    matrix: npt.NDArray[Any],
    source: npt.NDArray[Any],
    target: npt.NDArray[Any],
) -> float:
    """Mean length of the target rows (m, e) over that of the mapped source rows (n, d); 1 if those are 0."""
    mapped = float(np.linalg.norm(source @ matrix.T, axis=1).mean())
    return float(np.linalg.norm(target, axis=1).mean()) / mapped if mapped > 0 else 1.0
