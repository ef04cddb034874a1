"""Closed forms for Y ≈ X Aᵀ, rows being pairs: A acts on column vectors, y ≈ A x, without an intercept.

All take ``X`` of shape (n, d) and ``Y`` of shape (n, e), work in float64 and return A of shape (e, d).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

from ipml.statistics.ridge_strength import as_pairs

Matrix = npt.NDArray[np.float64]
_Array = npt.NDArray[Any]


def least_squares(X: _Array, Y: _Array) -> Matrix:
    """Minimise ‖Y − X Aᵀ‖²; among several solutions (n < d) the one of smallest norm.

    Source: Mikolov, Le & Sutskever 2013, "Exploiting Similarities among Languages", eq. 3.
    """
    X, Y = as_pairs(X, Y)
    return np.ascontiguousarray(linalg.lstsq(X, Y)[0].T)


def ridge(X: _Array, Y: _Array, strength: float) -> Matrix:
    """Minimise ‖Y − X Aᵀ‖² + strength ‖A‖².

    Parameters
    ----------
    strength
        Penalty, above 0, in the unit of the squared entries of X summed over pairs.

    Examples
    --------
    >>> ridge(np.eye(2), 3 * np.eye(2), strength=2.0)
    array([[1., 0.],
           [0., 1.]])
    """
    X, Y = as_pairs(X, Y)
    if not strength > 0:
        raise ValueError(f"strength={strength}: must be above 0 (least_squares is the map without penalty)")
    n, d = X.shape
    if n >= d:
        return np.ascontiguousarray(linalg.solve(X.T @ X + strength * np.eye(d), X.T @ Y, assume_a="pos").T)
    return np.ascontiguousarray(linalg.solve(X @ X.T + strength * np.eye(n), Y, assume_a="pos").T @ X)


def orthogonal(X: _Array, Y: _Array) -> Matrix:
    """Rotation (with reflection) that maximises the sum of ⟨y, A x⟩: orthogonal Procrustes.

    For e ≥ d the columns of A are orthonormal and A minimises ‖Y − X Aᵀ‖² among such matrices; for e < d
    the rows are orthonormal.

    Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem"; for words Xing
    et al. 2015.
    """
    X, Y = as_pairs(X, Y)
    U, _, Vt = linalg.svd(Y.T @ X, full_matrices=False)
    return U @ Vt


def random_orthogonal(e: int, d: int, seed: int) -> Matrix:
    """Uniformly distributed map with orthonormal columns (e ≥ d) or rows (e < d): a null model."""
    gaussian = np.random.default_rng(seed).standard_normal((e, d))
    U, _, Vt = linalg.svd(gaussian, full_matrices=False)
    return U @ Vt
