"""Errors that the firms of an industry or a corporate group share.

``P = T Aᵀ + Z U + E``: each cluster has an effect of its own on the products of all its firms, a random one with a
share ρ of the noise's variance (Moulton 1986, "Random group effects and the precision of regression estimates"). The
noise of n firms then has the covariance ``Ω = (1 - ρ) I + ρ Z Zᵀ`` in every product dimension. With Ω^(-1/2) applied to
P and T the noise is independent again, and everything that holds for independent firms holds for the rows so made.
A sandwich of cluster sums does not do here: with 300 dimensions the fit takes up the effects of 15 industries, and
nothing is left of them in its residuals.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize

from ipml.guards.shapes import Shapes
from ipml.statistics.angles import Array

_LARGEST = 0.95  # of the share: at 1 a cluster's firms would be one


@dataclass(frozen=True)
class ClusterEffects:
    """Clusters of n firms and the share of the noise that the firms of one have in common.

    Attributes
    ----------
    clusters
        Number of each firm's cluster, from 0, shape (n,).
    share
        ρ, at least 0 and less than 1.
    """

    clusters: npt.NDArray[np.intp]
    share: float

    def apart(self, rows: Array) -> Array:
        """Ω^(-1/2) times rows of shape (n, m): noise becomes independent."""
        return self._power(rows, -0.5)

    def together(self, rows: Array) -> Array:
        """Ω^(1/2) times rows of shape (n, m)."""
        return self._power(rows, 0.5)

    def _power(self, rows: Array, power: float) -> Array:
        means = self._membership.T @ rows / self._sizes[:, None]
        of_mean = ((1.0 - self.share) + self.share * self._sizes) ** power
        within = (1.0 - self.share) ** power
        return within * (rows - means[self.clusters]) + (of_mean[:, None] * means)[self.clusters]

    @cached_property
    def _membership(self) -> Array:
        return np.eye(int(self.clusters.max()) + 1)[self.clusters]

    @cached_property
    def _sizes(self) -> Array:
        return self._membership.sum(axis=0)


def numbered(labels: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Number clusters by their labels, shape (n,); a firm with None is a cluster of its own."""
    known = {label: number for number, label in enumerate(sorted({str(x) for x in labels if x is not None}))}
    numbers = np.array([known[str(label)] if label is not None else -1 for label in labels], dtype=np.intp)
    alone = np.flatnonzero(numbers < 0)
    numbers[alone] = len(known) + np.arange(len(alone))
    return np.unique(numbers, return_inverse=True)[1]


def fit_effects(
    products: Array, technologies: Array, clusters: npt.NDArray[np.intp], strength: float
) -> tuple[ClusterEffects, float]:
    """Share of the clusters and penalty by maximum likelihood, A being random as in `conversion_fit`.

    Product dimensions count as alike and independent in the likelihood, which makes it a composite one: its maximum
    is consistent, and no covariance of p dimensions has to be estimated.

    Parameters
    ----------
    products, technologies
        P and T, shapes (n, p) and (n, t).
    clusters
        Number of each firm's cluster, shape (n,).
    strength
        Penalty to start from, such as the cross-validated one.

    Returns
    -------
    effects, and the penalty that goes with them
    """
    shapes = Shapes()
    products = shapes.check("products", products, "n p")
    technologies = shapes.check("technologies", technologies, "n t")
    clusters = shapes.check("clusters", clusters, "n", "whole numbers")
    n = len(products)
    same = (clusters[:, None] == clusters[None, :]).astype(np.float64)
    gram = technologies @ technologies.T

    def badness(parameters: Array) -> float:
        share = _LARGEST / (1.0 + np.exp(-parameters[0]))
        covariance = share * same + gram / (strength * np.exp(parameters[1]))
        covariance[np.diag_indices(n)] += 1.0 - share
        factor = cholesky(covariance, lower=True, overwrite_a=True)
        log_determinant = 2.0 * float(np.log(np.diag(factor)).sum())
        return log_determinant / n + 2.0 * float(
            np.log(np.linalg.norm(solve_triangular(factor, products, lower=True)))
        )

    found = minimize(
        badness,
        np.array([-1.0, 0.0]),
        method="Nelder-Mead",
        options={"xatol": 0.05, "fatol": 1e-6, "maxiter": 40},
    )
    share = float(_LARGEST / (1.0 + np.exp(-found.x[0])))
    return ClusterEffects(clusters, share), float(strength * np.exp(found.x[1]))
