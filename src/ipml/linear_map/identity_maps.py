"""Maps of a space into itself that are a multiple of the identity plus a correction, by a ridge penalty or of low rank.

Where both sides lie in one space, as the vectors of a multilingual encoder do, knowing nothing means that A is the
identity, or s I with 0 < s < 1 where the sides are only similar, and not 0. Both maps are the ridge and the
reduced-rank ridge regression of Y − s X on X, with s I added. The leave-one-out error is a parabola in s for each
strength, so that the best s of each is a closed form too.

Source of the penalty towards a given map: Theil & Goldberger 1961, "On pure and mixed statistical estimation in
economics", section 2, with the prior mean s I; of low rank as in `low_rank_map`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError
from ipml.linear_map import solvers
from ipml.linear_map.lightning_module import RidgeMap
from ipml.linear_map.low_rank_map import LowRankMap, low_rank, rank_errors
from ipml.linear_map.solvers import Matrix
from ipml.statistics.ridge_strength import as_pairs, leave_one_out_errors, strength_grid

_Array = npt.NDArray[Any]
_EXACT = 1e-9  # share of the errors of Y below which those of X by X are rounding: then no scale is better than another


def ridge_identity(X: _Array, Y: _Array, strength: float, scale: float = 1.0) -> Matrix:
    """Minimise ‖Y − X Aᵀ‖² + strength ‖A − scale I‖²: least squares for a small strength, scale I for a large one.

    Parameters
    ----------
    X, Y
        Pairs in one space, both (n, d).
    strength
        Penalty, above 0, as for `solvers.ridge`.

    Raises
    ------
    InputError
        If the two dimensions differ.

    Examples
    --------
    >>> ridge_identity(np.eye(2), 4 * np.eye(2), strength=2.0)
    array([[2., 0.],
           [0., 2.]])
    """
    return _with_identity(solvers.ridge(X, _correction(X, Y, scale), strength), scale)


def identity_low_rank(X: _Array, Y: _Array, strength: float, rank: int, scale: float = 1.0) -> Matrix:
    """Minimise the same among the maps A = scale I + U Vᵀ, U and V with at most ``rank`` columns.

    Parameters
    ----------
    X, Y, strength, scale
        As for `ridge_identity`.
    rank
        0: scale I; from d on it is `ridge_identity`.
    """
    correction = _correction(X, Y, scale)
    if rank == 0:
        return scale * np.eye(correction.shape[1])
    return _with_identity(low_rank(X, correction, strength, rank), scale)


class Prior(NamedTuple):
    """Strength of the penalty, the multiple of the identity it pulls to, and their mean squared leave-one-out error."""

    strength: float
    scale: float
    error: float


def choose_prior(X: _Array, Y: _Array, strengths: _Array, scale: float | None = None) -> Prior:
    """Return strength and scale with the smallest exact leave-one-out error.

    Parameters
    ----------
    X, Y
        Pairs in one space, both (n, d).
    strengths
        To choose from, all above 0, shape (m,).
    scale
        A given one; None: for each strength the best that is not negative.
    """
    X, Y = as_pairs(X, Y)
    check_one_space(X.shape[1], Y.shape[1])
    # Residuals are linear in what is regressed: those of Y − s X are those of Y less s times those of X.
    of_Y, of_X, of_both = (leave_one_out_errors(X, target, strengths) for target in (Y, X, Y - X))
    products = (of_Y + of_X - of_both) / 2
    if scale is None:
        known = of_X > _EXACT * of_Y
        scales = np.where(known, np.clip(products / np.where(known, of_X, 1.0), 0.0, None), 1.0)
    else:
        scales = np.full(len(of_Y), scale)
    errors = of_Y - 2 * scales * products + scales**2 * of_X
    best = int(errors.argmin())
    return Prior(float(strengths[best]), float(scales[best]), float(errors[best]))


def _correction(X: _Array, Y: _Array, scale: float) -> Matrix:
    """What a map has to add to scale X, (n, d)."""
    X, Y = as_pairs(X, Y)
    check_one_space(X.shape[1], Y.shape[1])
    return Y - scale * X


def _with_identity(correction: Matrix, scale: float) -> Matrix:
    return correction + scale * np.eye(len(correction))


def check_one_space(source_dimension: int, target_dimension: int) -> None:
    """Refuse two spaces with `InputError`: between them there is no identity to start from."""
    if source_dimension != target_dimension:
        raise InputError(
            f"model.map.module: a map towards the identity needs both sides in one space, but the source has "
            f"{source_dimension} dimensions and the target {target_dimension}; allowed: vectors of one encoder, or "
            "another solver, as linear_map@model.map=ridge"
        )


def _choose(module: RidgeMap, X: Matrix, Y: Matrix, scale: float | None) -> Prior:
    """Strength and scale of a map from its grid; they stand in its ``figures``."""
    strengths = strength_grid(X, *module.grid)
    prior = choose_prior(X, Y, strengths, scale)
    module.figures = {
        "strength": prior.strength,
        "relative_strength": float(prior.strength / strengths[0] * module.grid[0]),
        "leave_one_out_error": prior.error,
        "identity_scale": prior.scale,
    }
    return prior


class RidgeIdentityMap(RidgeMap):
    """Ridge regression towards a multiple of the identity, both chosen by exact leave-one-out errors.

    Parameters
    ----------
    source_dimension, target_dimension
        Must be equal.
    lowest, highest, count
        Grid of strengths, as for `RidgeMap`.
    scale
        Multiple of the identity; 1: the identity itself; None: chosen together with the strength.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        lowest: float,
        highest: float,
        count: int,
        scale: float | None = None,
    ) -> None:
        check_one_space(source_dimension, target_dimension)
        super().__init__(source_dimension, target_dimension, lowest, highest, count)
        self.scale = scale

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose strength and scale, then solve with all pairs."""
        prior = _choose(self, X, Y, self.scale)
        return ridge_identity(X, Y, prior.strength, prior.scale)


class IdentityLowRankMap(LowRankMap):
    """Multiple of the identity plus a ridge correction of the rank with the smallest error of held-out pairs, 0 too.

    Parameters
    ----------
    source_dimension, target_dimension
        Must be equal.
    lowest, highest, count, n_folds
        Grid of strengths and folds for the rank, as for `LowRankMap`.
    scale
        As for `RidgeIdentityMap`.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        lowest: float,
        highest: float,
        count: int,
        n_folds: int,
        scale: float | None = None,
    ) -> None:
        check_one_space(source_dimension, target_dimension)
        super().__init__(source_dimension, target_dimension, lowest, highest, count, n_folds)
        self.scale = scale

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose strength and scale, then the rank (and whether the scale is 1), then solve with all pairs."""
        prior = _choose(self, X, Y, self.scale)
        # With many pairs the penalty is weak and leaves the scale open, but what is left of a wrong one has full rank.
        scales = {prior.scale} if self.scale is not None else {1.0, prior.scale}
        tried = {scale: self._rank_errors(X, Y - scale * X, prior.strength) for scale in sorted(scales)}
        scale = min(tried, key=lambda each: tried[each].min())
        rank = int(tried[scale].argmin())
        self.figures |= {
            "identity_scale": scale,
            "rank": float(rank),
            "rank_error": float(tried[scale][rank]),
        }
        return identity_low_rank(X, Y, prior.strength, rank, scale)

    def _rank_errors(self, X: Matrix, correction: Matrix, strength: float) -> Matrix:
        """Errors of held-out pairs for the ranks 0, 1, …, d, shape (d + 1,)."""
        errors = rank_errors(X, correction, strength, min(self.n_folds, len(X)))
        return np.concatenate([[np.mean(correction**2)], errors])
