"""The conversion that a comparison refits, with all that is known of its error.

A ridge regression is the best linear predictor where A is a draw of independent entries of mean 0 and the penalty
is the noise variance over theirs (Robinson 1991, "That BLUP is a good thing", section 5). Its error at a technology x
then has two parts, and both are counted: noise, ``wᵀE`` with w the weights of the firms, and what the penalty hides,
A times the part ``x - Tᵀw`` of x that the firms do not span (Wahba 1983; Nychka 1988, "Bayesian confidence intervals
for smoothing splines", section 2). Counting noise alone, a true angle of 0 reads 4 degrees and more.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from ipml.guards.shapes import Shapes
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import Array

UNDERSMOOTHING = 3.0
_SUPPORTED = 0.95  # quantile of leverage up to which a technology counts as inside


@dataclass(frozen=True)
class Converted:
    """What a group would make of k technologies, with p dimensions of products and t of technology.

    Attributes
    ----------
    made
        Products, shape (k, p).
    weights
        Of the n firms: ``made = weightsᵀ P``, shape (n, k).
    gap
        Part of each technology that the firms do not span, shape (k, t).
    """

    made: Array
    weights: Array
    gap: Array


@dataclass(frozen=True)
class ConversionFit:
    """Undersmoothed ridge regression of P on T, without intercept.

    Attributes
    ----------
    products, technologies
        P and T of the firms that A is fitted on, shapes (n, p) and (n, t).
    strength
        Penalty that cross-validation chose. The regression takes a third of it: its noise can be taken off, and
        what the penalty hides only on average.
    """

    products: Array
    technologies: Array
    strength: float

    def __post_init__(self) -> None:
        shapes = Shapes()
        shapes.check("products", self.products, "n p")
        shapes.check("technologies", self.technologies, "n t")

    @property
    def smoothing(self) -> float:
        """Penalty of the regression."""
        return self.strength / UNDERSMOOTHING

    def convert(self, technologies: Array) -> Converted:
        """Send technologies of shape (k, t) through A."""
        weights = ridge_weights(self.technologies, technologies, self.smoothing)
        return Converted(weights.T @ self.products, weights, technologies - weights.T @ self.technologies)

    def scatter(self, technologies: Array) -> Array:
        """Send technologies of single firms, shape (m, t), through the cross-validated A.

        For their spread only: the less A is smoothed, the more its own noise spreads them.
        """
        return technologies @ self.cross_validated_matrix.T

    def supports(self, technologies: Array) -> npt.NDArray[np.bool_]:
        """Whether technologies, shape (m, t), lie where the fitted firms do: true or false, shape (m,).

        They do where their leverage is no larger than that of 95 % of the fitted firms, each seen from the others.
        """
        own = _leverages(self.technologies, self.technologies, self.strength)
        largest = np.quantile(own / (1.0 - own), _SUPPORTED)
        return np.asarray(_leverages(self.technologies, technologies, self.strength) <= largest)

    def hidden(self, gap: Array) -> Array:
        """Covariance of the errors that the penalty hides, of one product dimension, at k gaps: shape (k, k).

        The entries of A have the residual variance over the cross-validated penalty, and the product
        dimensions share it evenly.
        """
        return gap @ gap.T / self.strength * self.noise / self.products.shape[1]

    @property
    def noise(self) -> float:
        """Residual variance of a firm, summed over product dimensions."""
        return float(np.square(self.residuals).sum(axis=1).mean())

    @property
    def residuals(self) -> Array:
        """Residuals, each scaled so that its square is unbiased for the variance of the noise, shape (n, p).

        With ``M = I - H`` the residuals ``M P`` consist of noise ``M E`` and of misfit ``M T Aᵀ``; residual i is
        divided by the root of entry (i, i) of ``M (I + T Tᵀ / strength) M``. For a projection that is HC2 of
        MacKinnon & White 1985.
        """
        return self._scaled[0]

    @property
    def correlation(self) -> Array:
        """Correlation of the residuals of any two firms, shape (n, n)."""
        return self._scaled[1]

    @cached_property
    def squared_correlation(self) -> Array:
        """Squares of `correlation`, shape (n, n)."""
        return np.square(self.correlation)

    @cached_property
    def residual_gram(self) -> Array:
        """Inner products of the residuals, shape (n, n)."""
        return self.residuals @ self.residuals.T

    @cached_property
    def _scaled(self) -> tuple[Array, Array]:
        T, n = self.technologies, len(self.technologies)
        if n <= T.shape[1]:  # no cancellation where the fit is nearly perfect
            gram = T @ T.T + self.smoothing * np.eye(n)
            maker = self.smoothing * cho_solve(cho_factor(gram, overwrite_a=True), np.eye(n))
        else:
            maker = np.eye(n) - ridge_weights(T, T, self.smoothing)
        misfit = maker @ T
        covariance = maker @ maker.T + misfit @ misfit.T / self.strength
        scale = np.sqrt(np.diag(covariance))
        return maker @ self.products / scale[:, None], covariance / np.outer(scale, scale)

    @cached_property
    def cross_validated_matrix(self) -> Array:
        """A with the penalty of the cross-validation, shape (p, t): what is known of it best, entry by entry."""
        return ridge(self.technologies, self.products, self.strength)


def ridge_weights(technologies: Array, targets: Array, strength: float) -> Array:
    """Weights W with ``A x = Pᵀ w`` for the ridge regression of any P on the given T, without intercept.

    Works in the smaller of the two spaces, firms or dimensions, and never forms A.

    Parameters
    ----------
    technologies
        T of the firms, shape (n, t).
    targets
        Technology vectors x, shape (k, t).
    strength
        Penalty, above 0.

    Returns
    -------
    array of shape (n, k)
    """
    shapes = Shapes()
    technologies = shapes.check("technologies", technologies, "n t")
    targets = shapes.check("targets", targets, "k t")
    n, t = technologies.shape
    if n <= t:
        gram = technologies @ technologies.T + strength * np.eye(n)
        return cho_solve(cho_factor(gram, overwrite_a=True), technologies @ targets.T)
    gram = technologies.T @ technologies + strength * np.eye(t)
    return technologies @ cho_solve(cho_factor(gram, overwrite_a=True), targets.T)


def _leverages(technologies: Array, targets: Array, strength: float) -> Array:
    """``xᵀ (TᵀT + strength I)⁻¹ x`` of each target x, shape (k,)."""
    weights = ridge_weights(technologies, targets, strength)
    inside = technologies.T @ weights  # xᵀ K TᵀT and, with the gap, xᵀ K strength
    gap = targets.T - inside
    return np.einsum("tk,tk->k", targets.T, gap) / strength
