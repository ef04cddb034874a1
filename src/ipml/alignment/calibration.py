"""Calibration of aligned vectors: without it the mean of many words is pulled towards what all words share.

Words are chosen by what they mean, and an aligned vector x̂ is only a measurement of the meaning y, the vector of the
reference language's word: E[x̂ | y] = r0 + R y, where R contracts, the more so the worse the alignment. The error of
single words averages out over the words of a firm and of a group, the contraction does not: two translated groups then
look too much alike, and a translated and an untranslated one too different. *Classical calibration* regresses what is
measured on what is true, for words whose truth is known, and inverts that:

    x̃ = C (x̂ − r0),  C ≈ R⁻¹,  so that E[x̃ | y] = y.

No step to unit length may follow, for it would bend the means again. The known words are those of the dictionary,
each aligned by a map that was fitted without it; x̂ of a word in the fit would look better than that of other words.

Sources: Krutchkoff 1967, "Classical and inverse regression methods of calibration"; Osborne 1991, "Statistical
calibration: a review"; Fuller 1987, "Measurement error models", chapter 1; Carroll, Ruppert, Stefanski & Crainiceanu
2006, "Measurement error in nonlinear models".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg
from scipy.special import expit, logit
from sklearn.covariance import ledoit_wolf

from ipml.linear_map.solvers import ridge
from ipml.statistics.ridge_strength import choose_strength, strength_grid

Array = npt.NDArray[np.float64]
MIN_WORDS = 5  # fewer say nothing of a contraction

_MATRIX, _SHIFT, _ERROR = "calibration_matrix", "calibration_shift", "calibration_error"
_STRENGTHS = (1e-2, 1e3, 11)  # multiples of the mean squared singular value
_START = 0.9  # share of right pairs
_ROUNDS, _TOLERANCE = 50, 1e-4
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Calibration:
    """What takes aligned vectors to unbiased ones.

    Attributes
    ----------
    matrix
        C, shape (e, e), acting on column vectors.
    shift
        Shape (e,).
    error
        Covariance matrix of the error of a calibrated word, shape (e, e); None in models from before it was kept.
    """

    matrix: Array
    shift: Array
    error: Array | None = None

    def apply(self, aligned: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Calibrate aligned vectors (n, e); they are not of length 1 and must not be made so."""
        return (np.asarray(aligned, dtype=np.float64) @ self.matrix.T + self.shift).astype(np.float32)

    def tensors(self) -> dict[str, Array]:
        """What a model saves of it, by name."""
        tensors = {_MATRIX: self.matrix, _SHIFT: self.shift}
        return tensors if self.error is None else {**tensors, _ERROR: self.error}

    @classmethod
    def of(cls, tensors: Mapping[str, Array]) -> "Calibration | None":
        """Read a model's tensors; None if they hold no calibration."""
        if _MATRIX not in tensors:
            return None
        return cls(tensors[_MATRIX], tensors[_SHIFT], tensors.get(_ERROR))


@dataclass(frozen=True)
class Measurement:
    """How aligned vectors depend on the reference ones: x̂ = mean + R (y − reference_mean) + error.

    Attributes
    ----------
    matrix
        R, shape (e, e).
    mean, reference_mean
        Shape (e,).
    error
        Covariance matrix of the errors, shape (e, e).
    spread
        Covariance matrix of y, shape (e, e).
    """

    matrix: Array
    mean: Array
    reference_mean: Array
    error: Array
    spread: Array

    def inverted(self, words: int) -> Calibration:
        """Calibration that recovers the mean of so many words with the least expected error.

        C = (Rᵀ S⁻¹ R + Σ⁻¹ / words)⁻¹ Rᵀ S⁻¹ for errors S and spread Σ. It goes to R⁻¹ with many words; where R is
        close to singular, that would bring in more noise than it takes bias away. Whatever invertible map follows an
        aligner, the calibrated vectors are the same.
        """
        precise = linalg.solve(_regular(self.error), self.matrix, assume_a="pos").T
        penalty = linalg.inv(_regular(self.spread)) / words
        matrix = linalg.solve(precise @ self.matrix + penalty, precise)
        return Calibration(matrix, self.reference_mean - matrix @ self.mean, matrix @ self.error @ matrix.T)


def fit_calibration(
    aligned: npt.NDArray[Any],
    reference: npt.NDArray[Any],
    source: npt.NDArray[np.int64],
    words: int,
    right: Array | None = None,
) -> Calibration:
    """Calibrate on dictionary pairs.

    Parameters
    ----------
    aligned
        Aligned vector of the source word of each pair, by a map that was not fitted to the word: shape (p, e).
    reference
        Vector of the pair's word of the reference language, shape (p, e).
    source
        Number of the pair's source word, shape (p,).
    words
        Number of words whose mean should be recovered.
    right
        Probability that each pair is right, shape (p,); None: by `right_pairs` from the same vectors.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_WORDS` source words.
    """
    aligned, reference = (np.asarray(side, dtype=np.float64) for side in (aligned, reference))
    if len(np.unique(source)) < MIN_WORDS:
        raise ValueError(f"{len(np.unique(source))} source words; at least {MIN_WORDS} are needed")
    if right is None:
        right = right_pairs(aligned, reference)
    return measured(*word_means(aligned, reference, source, right)).inverted(words)


def right_pairs(aligned: npt.NDArray[Any], reference: npt.NDArray[Any]) -> Array:
    """Probability that each pair of the dictionary is right: shape (p,).

    A mixture, fitted by expectation and maximisation: of a right pair the aligned vector depends on the reference one;
    of a wrong one it is distributed as the aligned vectors of all words are. Wrong pairs would make R too small and the
    calibration overshoot. This wants vectors of a smooth map: an aligner that finds a word or misses it altogether
    looks, where it misses, like a wrong pair.
    """
    aligned, reference = (np.asarray(side, dtype=np.float64) for side in (aligned, reference))
    about_mean = aligned - aligned.mean(axis=0)
    wrong = _log_density(about_mean, _regular(ledoit_wolf(about_mean, assume_centered=True)[0]))
    share, right = _START, np.ones(len(aligned))
    penalty = _penalty(aligned, reference, right)
    for _ in range(_ROUNDS):
        fit = _measured(aligned, reference, right, penalty)
        residuals = _residuals(aligned, reference, fit)
        right = expit(logit(share) + _log_density(residuals, _regular(fit.error)) - wrong)
        before, share = share, float(np.clip(right.mean(), 1e-3, 1 - 1e-3))
        if abs(share - before) < _TOLERANCE:
            break
    return right


def word_means(
    aligned: Array, reference: Array, source: npt.NDArray[np.int64], right: Array
) -> tuple[Array, Array, Array]:
    """One row a source word: aligned vector, mean vector of its right translations, weight of the word.

    A word's meaning is the mean of its translations: a single one is no more than a part of it.

    Returns
    -------
    aligned, reference
        Shapes (n, e).
    weights
        Probability that a word has a right translation, shape (n,).
    """
    _, first, number = np.unique(source, return_index=True, return_inverse=True)
    total = np.bincount(number, weights=right)
    mean = np.zeros((len(first), reference.shape[1]))
    np.add.at(mean, number, right[:, None] * reference)
    none_right = np.exp(np.bincount(number, weights=np.log(np.clip(1 - right, 1e-12, 1))))
    return aligned[first], mean / np.maximum(total, 1e-12)[:, None], 1 - none_right


def measured(aligned: Array, reference: Array, weights: Array) -> Measurement:
    """Regress aligned on reference vectors, both (n, e), by weights (n,).

    R is a ridge regression that shrinks towards a multiple of the identity, the best single factor, by as much as
    leave-one-out errors say: with few words only the factor is left.
    """
    return _measured(aligned, reference, weights, _penalty(aligned, reference, weights))


def _measured(aligned: Array, reference: Array, weights: Array, penalty: float) -> Measurement:
    X, Y, factor, (mean, reference_mean) = _centred(aligned, reference, weights)
    matrix = factor * np.eye(X.shape[1]) + ridge(X, Y - factor * X, penalty)
    error, spread = (ledoit_wolf(rows, assume_centered=True)[0] for rows in (Y - X @ matrix.T, X))
    return Measurement(matrix, mean, reference_mean, error, spread)


def _penalty(aligned: Array, reference: Array, weights: Array) -> float:
    X, Y, factor, _ = _centred(aligned, reference, weights)
    return choose_strength(X, Y - factor * X, strength_grid(X, *_STRENGTHS)).value


def _centred(
    aligned: Array, reference: Array, weights: Array
) -> tuple[Array, Array, float, tuple[Array, Array]]:
    """Reference and aligned rows about their means, times the root of their weight (mean 1), and the best factor."""
    weights = weights / weights.mean()
    means = weights @ aligned / len(weights), weights @ reference / len(weights)
    root = np.sqrt(weights)[:, None]
    Y, X = root * (aligned - means[0]), root * (reference - means[1])
    return X, Y, float(np.sum(X * Y) / np.sum(X * X)), means


def _residuals(aligned: Array, reference: Array, fit: Measurement) -> Array:
    return np.asarray(aligned - fit.mean - (reference - fit.reference_mean) @ fit.matrix.T)


def _log_density(rows: Array, covariance: Array) -> Array:
    """Log density of centred normal rows (n, e), up to a constant that all share."""
    factor = linalg.cholesky(covariance, lower=True)
    whitened = linalg.solve_triangular(factor, rows.T, lower=True)
    return np.asarray(-0.5 * np.sum(whitened**2, axis=0) - np.log(np.diag(factor)).sum())


def _regular(covariance: Array) -> Array:
    """Covariance matrix with what keeps a perfect alignment from having none."""
    size = len(covariance)
    return np.asarray(covariance + (_ROUNDING * np.trace(covariance) / size + _ROUNDING**2) * np.eye(size))
