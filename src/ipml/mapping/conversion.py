"""The registered conversions of technology into products: of one group, and of all groups pooled.

P ≈ A (T − c) + c, A acting on column vectors, no intercept. The published P = A T has none either (Motohashi & Zhu
2023), so without a centre c the common mean of word vectors goes through A like everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError, choice_error
from ipml.guards.shapes import Shapes
from ipml.tracking.model_files import load_model, save_model

KIND, POOLED_KIND = "conversion", "pooled_conversion"
_MATRIX, _CENTRE = "conversion_matrix", "centre"
_OF_GROUP, _PARENT = f"{_MATRIX}/", "parent/"  # before the name of a group


@dataclass(frozen=True)
class Conversion:
    """A conversion matrix of shape (d, d), the plain settings it was made with, and its centre.

    ``centre``, shape (d,), is taken off before the matrix and put back after it; None: the origin. A model of
    the other direction (products into technology) is the same with the two sides exchanged.
    """

    conversion_matrix: npt.NDArray[np.float64]
    settings: Mapping[str, Any]
    centre: npt.NDArray[np.float64] | None = None

    def apply(self, vectors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Vectors A (t − c) + c that the model expects for vectors t: rows (n, d) to (n, d)."""
        source = "product" if self.settings.get("direction") == "reverse" else "technology"
        shapes = Shapes(d=self.conversion_matrix.shape[1])
        # A firm without a known word has no vector: NaN in, NaN out.
        vectors = shapes.check(f"{source} vectors", vectors, "n d", finite=False, empty=True)
        centre = 0.0 if self.centre is None else self.centre
        return (np.asarray(vectors, dtype=np.float64) - centre) @ self.conversion_matrix.T + centre

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tensors = {_MATRIX: self.conversion_matrix}
        if self.centre is not None:
            tensors[_CENTRE] = self.centre
        save_model(folder, KIND, tensors, self.settings)

    @classmethod
    def load(cls, folder: Path) -> "Conversion":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        if _MATRIX not in tensors:
            raise InputError(f"{folder}: a conversion without {_MATRIX}; train it again")
        return cls(tensors[_MATRIX], settings, tensors.get(_CENTRE))


@dataclass(frozen=True)
class PooledConversion:
    """Conversion matrices of groups named as evaluation names them, such as ``JP established``.

    For prediction and as a column beside the angles: an angle between pooled matrices is too small by construction.

    Attributes
    ----------
    matrices, parents
        A and the parent of each group, by its name, shape (d, d).
    settings
        Plain settings the model was made with.
    centre
        Of all groups, shape (d,); None: the origin.
    """

    matrices: Mapping[str, npt.NDArray[np.float64]]
    parents: Mapping[str, npt.NDArray[np.float64]]
    settings: Mapping[str, Any]
    centre: npt.NDArray[np.float64] | None = None

    def conversion(self, group: str) -> Conversion:
        """Conversion of one group; `InputError` for a group that is not in the model."""
        if group not in self.matrices:
            raise choice_error("group", group, self.matrices)
        return Conversion(self.matrices[group], self.settings, self.centre)

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tensors = {f"{_OF_GROUP}{group}": matrix for group, matrix in self.matrices.items()}
        tensors |= {f"{_PARENT}{group}": matrix for group, matrix in self.parents.items()}
        if self.centre is not None:
            tensors[_CENTRE] = self.centre
        save_model(folder, POOLED_KIND, tensors, self.settings)

    @classmethod
    def load(cls, folder: Path) -> "PooledConversion":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, POOLED_KIND)
        matrices, parents = (
            {name.removeprefix(prefix): tensors[name] for name in sorted(tensors) if name.startswith(prefix)}
            for prefix in (_OF_GROUP, _PARENT)
        )
        if not matrices or matrices.keys() != parents.keys():
            raise InputError(f"{folder}: not a matrix and a parent for each group; train it again")
        return cls(matrices, parents, settings, tensors.get(_CENTRE))
