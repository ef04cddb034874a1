"""Reduced-rank ridge regression as a LightningModule."""

from ipml.errors import check_count
from ipml.linear_map import low_rank
from ipml.linear_map.lightning_module import RidgeMap
from ipml.linear_map.solvers import Matrix


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
        check_count("model.map.module.n_folds", n_folds, low=2)
        self.n_folds = n_folds

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose the strength, then the rank, then solve with all pairs."""
        strength = self.choose_strength(X, Y)
        errors = low_rank.rank_errors(X, Y, strength, min(self.n_folds, len(X)))
        rank = int(errors.argmin()) + 1
        self.figures |= {"rank": float(rank), "rank_error": float(errors[rank - 1])}
        return low_rank.low_rank(X, Y, strength, rank)
