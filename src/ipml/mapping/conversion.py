"""The registered conversion of technology into products: P ≈ A T, A acting on column vectors, no intercept.

The published P = A T has no intercept either (Motohashi & Zhu 2023), so the common mean of word vectors
goes through A like everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError
from ipml.tracking.model_files import load_model, save_model

KIND = "conversion"
_TENSOR = "conversion_matrix"


@dataclass(frozen=True)
class Conversion:
    """A conversion matrix of shape (d, d) and the plain settings it was made with."""

    conversion_matrix: npt.NDArray[np.float64]
    settings: Mapping[str, Any]

    def apply(self, technology_vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Product vectors A t that the model expects for technology vectors t: rows (n, d) to (n, d)."""
        d = self.conversion_matrix.shape[1]
        if technology_vectors.ndim != 2 or technology_vectors.shape[1] != d:
            raise InputError(f"technology vectors of shape {technology_vectors.shape}; needed: (n, {d})")
        return np.asarray(technology_vectors, dtype=np.float64) @ self.conversion_matrix.T

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        save_model(folder, KIND, {_TENSOR: self.conversion_matrix}, self.settings)

    @classmethod
    def load(cls, folder: Path) -> "Conversion":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        if _TENSOR not in tensors:
            raise InputError(f"{folder}: a conversion without {_TENSOR}; train it again")
        return cls(tensors[_TENSOR], settings)
