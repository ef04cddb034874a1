"""Firms of a group as a comparison sees them: independent ones, or ones with errors in common."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ipml.evaluation.estimates.cluster_effects import ClusterEffects, fit_effects
from ipml.evaluation.estimates.conversion_fit import ConversionFit
from ipml.guards.shapes import Shapes
from ipml.statistics.angles import Array, directions

Rows = npt.NDArray[np.intp]
# As many as equally large ones (`ClusteredSample.effective_clusters`), in each group. With fewer a true 20
# degrees reads 4 to 17 too low, and few firms reject a true "same A" too often: ``python -m benchmarks few_clusters``.
MIN_CLUSTERS = 4


@dataclass(frozen=True)
class Sample:
    """Firms of a group, independent of each other.

    Attributes
    ----------
    product_vectors, technology_vectors
        P and T, shapes (n, p) and (n, t).
    fitted
        Which firms the group's A may be fitted on, shape (n,).
    strength
        Ridge penalty (on the sum over firms of squared errors) that cross-validation chose for them.
    """

    product_vectors: Array
    technology_vectors: Array
    fitted: npt.NDArray[np.bool_]
    strength: float

    def __post_init__(self) -> None:
        shapes = Shapes()
        shapes.check("product_vectors", self.product_vectors, "n p")
        shapes.check("technology_vectors", self.technology_vectors, "n t")
        shapes.check("fitted", self.fitted, "n", "yes or no")

    @cached_property
    def fit(self) -> ConversionFit:
        """The group's conversion."""
        return ConversionFit(
            self.product_vectors[self.fitted], self.technology_vectors[self.fitted], self.strength
        )

    def of_all(self, weights: Array) -> Array:
        """Weights of all firms, shape (n,), from those of rows of the fit, shape (m,)."""
        of_firms = np.zeros(len(self.fitted))
        of_firms[self.fitted] = weights
        return of_firms

    def influence(self, rows: Rows, other: ConversionFit, made: Array) -> tuple[Rows, Array]:
        """Influence of the firms of a cell on the difference of directions there.

        Parameters
        ----------
        rows
            Their numbers, shape (m,).
        other
            Conversion of the other group.
        made
            What it makes of their mean technology, shape (p,).

        Returns
        -------
        numbers of the firms that have influence, shape (l,), and it, shape (l, p)
        """
        of_made = other.scatter(centred(self.technology_vectors[rows]))
        sold = self.product_vectors[rows]
        influence = turn(centred(sold), sold.mean(axis=0)) - turn(of_made, made)
        return rows, influence / len(rows)


@dataclass(frozen=True)
class ClusteredSample(Sample):
    """Firms of a group whose errors go together within clusters.

    Attributes
    ----------
    clusters
        Number of each firm's cluster, shape (n,): its industry or its corporate group.
    """

    clusters: npt.NDArray[np.intp]

    def __post_init__(self) -> None:
        super().__post_init__()
        Shapes(n=len(self.product_vectors)).check("clusters", self.clusters, "n", "whole numbers")

    @property
    def effective_clusters(self) -> float:
        """How many equally large clusters tell as much: ``(Σ n)² / Σ n²``, 1 where all firms are in one.

        Source: Carter, Schnepel & Steigerwald 2017, "Asymptotic behavior of a t-test robust to cluster heterogeneity".
        """
        sizes = np.bincount(self.clusters).astype(np.float64)
        return float(sizes.sum() ** 2 / np.square(sizes).sum())

    @cached_property
    def effects(self) -> ClusterEffects:
        """Share of the noise that firms of a cluster have in common."""
        return self._fitted_effects[0]

    @cached_property
    def fit(self) -> ConversionFit:
        """The group's conversion, by generalised least squares."""
        apart = self._within_fit.apart
        return ConversionFit(
            apart(self.product_vectors[self.fitted]),
            apart(self.technology_vectors[self.fitted]),
            self._fitted_effects[1],
        )

    def of_all(self, weights: Array) -> Array:
        """Weights of all firms, shape (n,): rows of the fit are sums over firms of a cluster."""
        return super().of_all(self._within_fit.apart(weights[:, None])[:, 0])

    def influence(self, rows: Rows, other: ConversionFit, made: Array) -> tuple[Rows, Array]:
        """Influence of firms on the difference in a cell: noise of the products, then spread of the technologies.

        A cell's mean product has the noise ``aᵀE``, a being 1 / m for its firms: ``(Ω^(1/2) a)ᵀ`` times independent
        errors, those of all firms that share a cluster with one of them.
        """
        member = np.zeros((len(self.clusters), 1))
        member[rows] = 1.0 / len(rows)
        weights = self.effects.together(member)[:, 0]
        firms = np.flatnonzero(np.isin(self.clusters, self.clusters[rows]))
        sold = self.product_vectors[rows].mean(axis=0)
        influence = turn(weights[firms, None] * self._everyone.residuals[firms], sold)
        technologies = centred(self.technology_vectors[rows])
        spread = turn(self._everyone.scatter(technologies), sold) - turn(other.scatter(technologies), made)
        influence[np.searchsorted(firms, rows)] += spread / len(rows)
        return firms, influence

    @cached_property
    def _within_fit(self) -> ClusterEffects:
        numbers = np.unique(self.clusters[self.fitted], return_inverse=True)[1]
        return ClusterEffects(numbers, self.effects.share)

    @cached_property
    def _fitted_effects(self) -> tuple[ClusterEffects, float]:
        return fit_effects(self.product_vectors, self.technology_vectors, self.clusters, self.strength)

    @cached_property
    def _everyone(self) -> ConversionFit:
        apart = self.effects.apart
        return ConversionFit(
            apart(self.product_vectors), apart(self.technology_vectors), self._fitted_effects[1]
        )


def centred(rows: Array) -> Array:
    """Rows less their mean, shape (n, d)."""
    return rows - rows.mean(axis=0)


def turn(change: Array, vector: Array) -> Array:
    """Change of a vector's direction for small changes of the vector, shape (n, p)."""
    direction = directions(vector)
    return (change - np.outer(change @ direction, direction)) / np.linalg.norm(vector)
