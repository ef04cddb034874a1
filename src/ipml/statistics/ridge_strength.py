"""Choice of the penalty of a ridge regression Y ≈ X Aᵀ, without intercept, by exact leave-one-out errors.

X has shape (n, d) and Y (n, e): n pairs of rows.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import linalg

from ipml.errors import InputError
from ipml.guards.shapes import Shapes

Matrix = npt.NDArray[np.float64]
_Array = npt.NDArray[Any]


class Strength(NamedTuple):
    """Penalty on the sum of squared errors, and its mean squared leave-one-out error."""

    value: float
    error: float


def choose_strength(X: _Array, Y: _Array, strengths: _Array | None = None) -> Strength:
    """Return the penalty with the smallest leave-one-out error; of equal ones the first.

    Parameters
    ----------
    strengths
        Penalties to choose from, all above 0, shape (m,); None: those of `strength_grid`.
    """
    strengths = strength_grid(X) if strengths is None else strengths
    errors = leave_one_out_errors(X, Y, strengths)
    best = int(errors.argmin())
    return Strength(float(strengths[best]), float(errors[best]))


def strength_grid(X: _Array, lowest: float = 1e-6, highest: float = 1e3, count: int = 55) -> Matrix:
    """Penalties spaced evenly in logarithm, as multiples of the mean squared singular value ‖X‖² / d.

    Raises
    ------
    InputError
        If that mean is 0 or no number that a computer holds.
    """
    X = Shapes().check("X", X, "n d")
    with np.errstate(over="ignore"):
        unit = float(np.sum(np.asarray(X, dtype=np.float64) ** 2)) / X.shape[1]
    if not (unit * lowest > 0 and unit * highest < np.inf):
        size = f"up to {np.abs(X).max():.3g}" if X.any() else "all zero"
        raise InputError(f"X: numbers {size}; those of a map of vectors are of the size of 1")
    return unit * np.geomspace(lowest, highest, count)


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
    X, Y = as_pairs(X, Y)
    strengths = Shapes().check("strengths", strengths, "m", finite=False)
    if not (strengths > 0).all() or np.isinf(strengths).any():
        raise InputError(f"strengths={strengths}: all must be above 0 and finite")
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


def as_pairs(X: _Array, Y: _Array) -> tuple[Matrix, Matrix]:
    """X and Y in float64; `InputError` if they are not n > 0 pairs of rows of finite numbers."""
    shapes = Shapes()
    X, Y = shapes.check("X", X, "n d"), shapes.check("Y", Y, "n e")
    return X.astype(np.float64, copy=False), Y.astype(np.float64, copy=False)
