"""Closed forms for Y ≈ X Aᵀ, rows being pairs: A acts on column vectors, y ≈ A x, without an intercept.

All take ``X`` of shape (n, d) and ``Y`` of shape (n, e), work in float64 and return A of shape (e, d).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

Matrix = npt.NDArray[np.float64]
_Array = npt.NDArray[Any]


def least_squares(X: _Array, Y: _Array) -> Matrix:
    """Minimise ‖Y − X Aᵀ‖²; among several solutions (n < d) the one of smallest norm.

    Source: Mikolov, Le & Sutskever 2013, "Exploiting Similarities among Languages", eq. 3.
    """
    X, Y = _pairs(X, Y)
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
    X, Y = _pairs(X, Y)
    if not strength > 0:
        raise ValueError(f"strength={strength}: must be above 0 (least_squares is the map without penalty)")
    n, d = X.shape
    if n >= d:
        return np.ascontiguousarray(linalg.solve(X.T @ X + strength * np.eye(d), X.T @ Y, assume_a="pos").T)
    return np.ascontiguousarray(linalg.solve(X @ X.T + strength * np.eye(n), Y, assume_a="pos").T @ X)


def leave_one_out_errors(X: _Array, Y: _Array, strengths: _Array) -> Matrix:
    """Mean squared error of each pair under the ridge map of the other n − 1 pairs, exactly, by one SVD.

    Source: Golub, Heath & Wahba 1979, "Generalized cross-validation", eq. 1.1 (PRESS).

    Parameters
    ----------
    strengths
        Penalties, all above 0, shape (m,).

    Returns
    -------
    array of shape (m,), mean over pairs and the e coordinates
    """
    X, Y = _pairs(X, Y)
    if not (np.asarray(strengths) > 0).all():
        raise ValueError(f"strengths={strengths}: all must be above 0")
    U, singular, _ = linalg.svd(X, full_matrices=False)
    UY = U.T @ Y
    # Residual and 1 − leverage as "outside the span of X" + "shrunk inside it": stable for small strengths.
    outside = Y - U @ UY if len(X) > X.shape[1] else np.zeros_like(Y)
    outside_leverage = np.clip(1 - (U**2).sum(axis=1), 0, None) if len(X) > X.shape[1] else np.zeros(len(X))
    errors = []
    for strength in strengths:
        shrinkage = strength / (singular**2 + strength)
        residual = outside + U @ (shrinkage[:, None] * UY)
        complement = outside_leverage + U**2 @ shrinkage
        errors.append(np.mean((residual / complement[:, None]) ** 2))
    return np.array(errors)


def strength_grid(X: _Array, lowest: float = 1e-6, highest: float = 1e3, count: int = 55) -> Matrix:
    """Penalties spaced evenly in logarithm, as multiples of the mean squared singular value ‖X‖² / d."""
    unit = float(np.sum(np.asarray(X, dtype=np.float64) ** 2)) / X.shape[1]
    return unit * np.geomspace(lowest, highest, count)


def orthogonal(X: _Array, Y: _Array) -> Matrix:
    """Rotation (with reflection) that maximises the sum of ⟨y, A x⟩: orthogonal Procrustes.

    For e ≥ d the columns of A are orthonormal and A minimises ‖Y − X Aᵀ‖² among such matrices; for e < d
    the rows are orthonormal.

    Source: Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem"; for words Xing
    et al. 2015.
    """
    X, Y = _pairs(X, Y)
    U, _, Vt = linalg.svd(Y.T @ X, full_matrices=False)
    return U @ Vt


def random_orthogonal(e: int, d: int, seed: int) -> Matrix:
    """Uniformly distributed map with orthonormal columns (e ≥ d) or rows (e < d): a null model."""
    gaussian = np.random.default_rng(seed).standard_normal((e, d))
    U, _, Vt = linalg.svd(gaussian, full_matrices=False)
    return U @ Vt


def _pairs(X: _Array, Y: _Array) -> tuple[Matrix, Matrix]:
    X, Y = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or len(X) == 0:
        raise ValueError(f"X of shape {X.shape} and Y of shape {Y.shape}: needed: (n, d), (n, e), n > 0")
    return X, Y
