"""Reduced-rank ridge regression: the best map of rank r under a ridge penalty, and the choice of r.

Sources: Izenman 1975, "Reduced-rank regression for the multivariate linear model"; with a ridge penalty
Mukherjee & Zhu 2011, "Reduced rank ridge regression and its kernel extensions", section 2.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg

from ipml.linear_map import solvers
from ipml.linear_map.lightning_module import RidgeMap
from ipml.linear_map.solvers import Matrix
from ipml.statistics.ridge_strength import as_pairs

_Array = npt.NDArray[Any]


def low_rank(X: _Array, Y: _Array, strength: float, rank: int) -> Matrix:
    """Minimise ‖Y − X Aᵀ‖² + strength ‖A‖² among the maps A (e, d) of at most a rank.

    Parameters
    ----------
    X, Y
        Pairs, shapes (n, d) and (n, e).
    strength
        Penalty, above 0, as for `solvers.ridge`.
    rank
        At least 1; from min(d, e) on it is the ridge map.
    """
    if rank < 1:
        raise ValueError(f"rank={rank}: must be at least 1")
    A = solvers.ridge(X, Y, strength)
    V = _directions(X, Y, A)[:, :rank]
    return V @ (V.T @ A)


def rank_errors(X: _Array, Y: _Array, strength: float, n_folds: int) -> Matrix:
    """Mean squared error of held-out pairs for the ranks 1, 2, …, min(d, e): shape (min(d, e),).

    Pair i falls in fold ``i % n_folds``; each fold is predicted by the map of the other folds.

    Parameters
    ----------
    n_folds
        2 to n; with n it is leave-one-out.
    """
    X, Y = as_pairs(X, Y)
    if not 2 <= n_folds <= len(X):
        raise ValueError(f"n_folds={n_folds}: must be 2 to {len(X)}, the number of pairs")
    fold = np.arange(len(X)) % n_folds
    n_ranks = min(X.shape[1], Y.shape[1])
    total = np.zeros(n_ranks)
    for number in range(n_folds):
        inside, held_out = fold != number, fold == number
        A = solvers.ridge(X[inside], Y[inside], strength)
        V = _directions(X[inside], Y[inside], A)[:, :n_ranks]
        predicted, true = X[held_out] @ A.T @ V, Y[held_out] @ V
        # The directions are orthonormal, so each further one changes the squared error by itself.
        total += np.sum(Y[held_out] ** 2) + np.cumsum(np.sum(predicted**2 - 2 * predicted * true, axis=0))
    return total / Y.size


def _directions(X: _Array, Y: _Array, A: Matrix) -> Matrix:
    """Principal directions (e, e) of the fitted values and the penalty's rows, the largest first."""
    fitted = A @ (np.asarray(X, dtype=np.float64).T @ np.asarray(Y, dtype=np.float64))
    return linalg.eigh((fitted + fitted.T) / 2)[1][:, ::-1]


class LowRankMap(RidgeMap):
    """Ridge regression of the rank that has the smallest error of held-out pairs.

    The strength is that of the ridge map of full rank, so that rank and strength need no grid of two.

    Parameters
    ----------
    lowest, highest, count
        Grid of strengths, as for `RidgeMap`.
    n_folds
        Folds of the training pairs that choose the rank; with fewer pairs, one a pair.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        lowest: float,
        highest: float,
        count: int,
        n_folds: int,
    ) -> None:
        super().__init__(source_dimension, target_dimension, lowest, highest, count)
        self.n_folds = n_folds

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose the strength, then the rank, then solve with all pairs."""
        strength = self.choose_strength(X, Y)
        errors = rank_errors(X, Y, strength, min(self.n_folds, len(X)))
        rank = int(errors.argmin()) + 1
        self.figures |= {"rank": float(rank), "rank_error": float(errors[rank - 1])}
        return low_rank(X, Y, strength, rank)
