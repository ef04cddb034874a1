"""Procrustes refinement: a few rounds of finding mutual CSLS neighbours and turning to them.

Lample et al. 2018, "Word translation without parallel data", sections 2.2 and 2.3.
"""

from collections.abc import Callable

import numpy as np

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods.induction import induce, mutual
from ipml.linear_map.lightning_module import ClosedFormMap
from ipml.linear_map.solvers import Matrix


class MutualRefinement(ClosedFormMap):
    """A closed form of the training pairs, then of these and the mutual neighbours among frequent words.

    An epoch is a round; the first one has the training pairs alone.

    Parameters
    ----------
    solver
        Takes X (n, d) and Y (n, e), returns the matrix (e, d).
    neighbourhood
        Of CSLS.
    vocabulary
        Most frequent words of each language that pairs are found among.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        solver: Callable[[Matrix, Matrix], Matrix],
        neighbourhood: int,
        vocabulary: int,
    ) -> None:
        super().__init__(source_dimension, target_dimension, solver)
        self.neighbourhood, self.vocabulary = neighbourhood, vocabulary

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Return the matrix of a round."""
        if self.current_epoch == 0:
            return self.solver(X, Y)
        data: AlignmentData = self.trainer.datamodule  # type: ignore[attr-defined]
        sources, targets = data.X[: self.vocabulary], data.Y[: self.vocabulary]
        mapped = sources @ self.matrix.cpu().numpy().T
        pairs = mutual(induce(mapped, targets, self.neighbourhood), data.is_held_out())
        self.figures = {"n_induced_pairs": float(len(pairs))}
        X, Y = np.concatenate([X, sources[pairs[:, 0]]]), np.concatenate([Y, targets[pairs[:, 1]]])
        return self.solver(X, Y)
