"""Regularised canonical correlation analysis: both languages go into the space where their words agree.

Faruqui & Dyer 2014, "Improving vector space word representations using multilingual correlation"; the ridge on both
covariances is Vinod 1976, "Canonical ridge and econometrics of joint production".
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import linalg

from ipml.alignment.data import AlignmentData
from ipml.alignment.methods.cross_validation import folds, reciprocal_rank
from ipml.console import track
from ipml.errors import InputError
from ipml.linear_map import solvers
from ipml.linear_map.lightning_module import ClosedFormMap
from ipml.linear_map.solvers import Matrix


class Canonical(NamedTuple):
    """Whitened languages, turned to each other: r = min(d, e) directions, best-agreeing first.

    Attributes
    ----------
    source_whitening, target_whitening
        Symmetric, (d, d) and (e, e).
    source_directions, target_directions
        Orthonormal columns, (d, r) and (e, r), in the whitened spaces.
    correlations
        Shape (r,), descending.
    """

    source_whitening: Matrix
    target_whitening: Matrix
    source_directions: Matrix
    target_directions: Matrix
    correlations: Matrix


def canonical(X: npt.NDArray[Any], Y: npt.NDArray[Any], regularisation: float) -> Canonical:
    """Canonical directions of pairs X (n, d) and Y (n, e), about the origin.

    Parameters
    ----------
    regularisation
        Ridge on each covariance, as a share of the mean of its eigenvalues.
    """
    Wx, Wy = whitening(X.T @ X, regularisation), whitening(Y.T @ Y, regularisation)
    U, correlations, Vt = linalg.svd(Wx @ (X.T @ Y) @ Wy, full_matrices=False)
    return Canonical(Wx, Wy, U, Vt.T, correlations)


def whitening(covariance: npt.NDArray[Any], regularisation: float) -> Matrix:
    """Symmetric root of the inverse of a covariance (d, d) with its ridge; directions without variance give 0."""
    values, directions = linalg.eigh(covariance)
    values = np.clip(values, 0, None) + regularisation * values.mean()
    root = np.sqrt(values)
    inverse = np.divide(1, root, out=np.zeros_like(root), where=root > 1e-7 * root.max())
    return (directions * inverse) @ directions.T


def canonical_map(
    X: npt.NDArray[Any], Y: npt.NDArray[Any], regularisation: float, power: float
) -> tuple[Matrix, Matrix]:
    """Linear image of the source in the reference space, and the matrix that both sides of a search go through.

    Parameters
    ----------
    power
        Directions count by their correlation to this power, on both sides.

    Returns
    -------
    A of shape (e, d) and B of shape (r, e): B A x and B y are the canonical coordinates of x and y
    """
    found = canonical(X, Y, regularisation)
    agreement = found.correlations**power
    B = (found.target_whitening @ found.target_directions * agreement).T
    # Back out of the whitened space: exact also where directions with little agreement weigh next to nothing in B.
    back = linalg.pinvh(found.target_whitening) @ found.target_directions
    return back @ found.source_directions.T @ found.source_whitening, B


class CanonicalMap(ClosedFormMap):
    """Regularised CCA; where several regularisations are given, folds of the training pairs choose one.

    Parameters
    ----------
    regularisations
        Shares of the mean eigenvalue, each at least 0.
    power
        Weight of a direction: its correlation to this power, on both sides.
    n_folds
        Folds of source words.
    vocabulary
        Most frequent target words among which the folds are searched.
    """

    def __init__(
        self,
        source_dimension: int,
        target_dimension: int,
        regularisations: Sequence[float],
        power: float,
        n_folds: int,
        vocabulary: int,
    ) -> None:
        super().__init__(source_dimension, target_dimension, solvers.least_squares)
        self.regularisations = [float(value) for value in regularisations]
        if not self.regularisations or min(self.regularisations) < 0:
            raise InputError(
                f"model.map.module.regularisations={self.regularisations}: one or more numbers of at least 0 are needed"
            )
        self.power, self.n_folds, self.vocabulary = power, n_folds, vocabulary

    def solve(self, X: Matrix, Y: Matrix) -> Matrix:
        """Choose the regularisation, then fit all pairs."""
        chosen = self.regularisations[0]
        if len(self.regularisations) > 1:
            scores = self._fold_scores(self.trainer.datamodule)  # type: ignore[attr-defined]
            chosen = self.regularisations[int(np.argmax(scores))]
            self.figures["fold_reciprocal_rank"] = float(max(scores))
        self.figures["regularisation"] = chosen
        A, self.search_matrix = canonical_map(X, Y, chosen, self.power)
        return A

    def _fold_scores(self, data: AlignmentData) -> list[float]:
        """Mean reciprocal rank of the left-out words under each regularisation: shape (number of them,)."""
        X, Y = data.train
        scores = np.zeros(len(self.regularisations))
        for rest, left_out in track(folds(data, self.n_folds), "folds of the dictionary", self.n_folds):
            for number, regularisation in enumerate(self.regularisations):
                A, B = canonical_map(X[rest], Y[rest], regularisation, self.power)
                pairs = data.train_rows[left_out]
                scores[number] += reciprocal_rank(data, pairs, A, B, self.vocabulary) / self.n_folds
        return scores.tolist()
