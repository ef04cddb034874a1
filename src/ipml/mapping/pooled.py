"""The registered pooled model: a conversion matrix for every group, and the parent it was shrunk towards."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError, choice_error
from ipml.mapping.conversion import Conversion
from ipml.tracking.model_files import load_model, save_model

KIND = "pooled_conversion"
_MATRIX, _PARENT, _CENTRE = "conversion_matrix/", "parent/", "centre"


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
        tensors = {f"{_MATRIX}{group}": matrix for group, matrix in self.matrices.items()}
        tensors |= {f"{_PARENT}{group}": matrix for group, matrix in self.parents.items()}
        if self.centre is not None:
            tensors[_CENTRE] = self.centre
        save_model(folder, KIND, tensors, self.settings)

    @classmethod
    def load(cls, folder: Path) -> "PooledConversion":
        """Read a model that `save` wrote; `InputError` if it is not one."""
        tensors, settings = load_model(folder, KIND)
        matrices, parents = (
            {name.removeprefix(prefix): tensors[name] for name in sorted(tensors) if name.startswith(prefix)}
            for prefix in (_MATRIX, _PARENT)
        )
        if not matrices or matrices.keys() != parents.keys():
            raise InputError(f"{folder}: not a matrix and a parent for each group; train it again")
        return cls(matrices, parents, settings, tensors.get(_CENTRE))
