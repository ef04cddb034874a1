"""The identity: for vectors that were aligned elsewhere and only need to be searched, saved and served."""

import numpy as np

from ipml.errors import InputError
from ipml.linear_map.lightning_module import ClosedFormMap
from ipml.linear_map.solvers import Matrix


class IdentityMap(ClosedFormMap):
    """The identity matrix, whatever the pairs.

    Raises
    ------
    InputError
        If the two languages have different dimensions.
    """

    def __init__(self, source_dimension: int, target_dimension: int) -> None:
        super().__init__(source_dimension, target_dimension, _identity)
        if source_dimension != target_dimension:
            raise InputError(
                f"aligner@model.map=identity: source vectors of {source_dimension} dimensions and target ones of "
                f"{target_dimension}; the same number is needed"
            )


def _identity(X: Matrix, Y: Matrix) -> Matrix:
    return np.eye(X.shape[1])
