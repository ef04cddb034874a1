"""What two conversion matrices convert most differently, on the technologies that firms have.

A firm's technology is ``m + S^(1/2) z``, with m the mean of the two groups, S the covariance of both and z of
variance 1 in each coordinate. With ``D = A1 - A2`` the singular value decomposition ``D S^(1/2) = Σ σ u vᵀ`` takes the
difference of the two products apart:

    D (x - m) = Σ σ u (vᵀ z),   vᵀ z = uᵀ D (x - m) / σ.

Each part has a technology direction ``t = S^(1/2) v``, one standard deviation of the firms, of which the two matrices
make products that differ by ``D t = σ u``. S is the covariance about each group's own mean, not the second moment: what
the matrices make of the mean technology is the angle's business, and the common mean of all word vectors would come
first as a direction that no word names.
"""

from dataclasses import dataclass

import numpy as np

from ipml.evaluation.estimates.sample import Sample, centred
from ipml.guards.shapes import Shapes
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import Array


@dataclass(frozen=True)
class Differences:
    """Parts of the difference of two conversions, the largest first: k of them, products of p and technologies of t.

    Attributes
    ----------
    technologies
        Directions t, shape (k, t): one standard deviation of the pooled firms.
    products
        Unit directions u in which the products differ, shape (k, p).
    sizes
        σ: how far the two products are apart at one standard deviation, shape (k,), in the unit of P.
    functionals
        ``Dᵀ u / σ``: how much of a part a technology x has is its inner product with ``x - middle``, shape (k, t).
    middle
        Mean of the two groups' mean technologies, shape (t,).
    """

    technologies: Array
    products: Array
    sizes: Array
    functionals: Array
    middle: Array

    @property
    def shares(self) -> Array:
        """Share of each part in the mean squared difference of the products, shape (k,)."""
        squares = np.square(self.sizes)
        return np.asarray(squares / squares.sum())

    def coordinates(self, technologies: Array) -> Array:
        """How much of each part technologies (n, t) have, in standard deviations of the firms: shape (n, k)."""
        return (technologies - self.middle) @ self.functionals.T


def spread_root(first: Array, second: Array) -> Array:
    """Return R, shape (t, r), with ``R Rᵀ`` the pooled covariance of two groups' technologies (n, t) on its span.

    Each group about its own mean and both with the same weight, so that the larger one does not decide.
    """
    rows = np.concatenate([centred(group) / np.sqrt(2 * len(group)) for group in (first, second)])
    _, singular, axes = np.linalg.svd(rows, full_matrices=False)
    on_span = singular > singular[0] * max(rows.shape) * np.finfo(np.float64).eps
    return np.ascontiguousarray((singular[on_span, None] * axes[on_span]).T)


def take_apart(difference: Array, first: Array, second: Array) -> Differences:
    """Parts of a difference of matrices (p, t) on the technologies of two groups, (n, t) and (m, t)."""
    shapes = Shapes()
    difference = shapes.check("difference", difference, "p t")
    first, second = shapes.check("first", first, "n t"), shapes.check("second", second, "m t")
    root = spread_root(first, second)
    products, sizes, right = np.linalg.svd(difference @ root, full_matrices=False)
    real = sizes > sizes[0] * max(difference.shape) * np.finfo(np.float64).eps
    products, sizes, right = products[:, real], sizes[real], right[real]
    technologies = right @ root.T
    # A singular vector has no sign of its own: the largest entry of the technology is positive.
    rows = np.arange(len(technologies))
    signs = np.sign(technologies[rows, np.abs(technologies).argmax(axis=1)])
    products = products.T * signs[:, None]
    functionals = products @ difference / sizes[:, None]
    middle = (first.mean(axis=0) + second.mean(axis=0)) / 2
    return Differences(technologies * signs[:, None], products, sizes, functionals, middle)


def cross_validated_matrix(sample: Sample) -> Array:
    """Ridge regression of a sample's fitted firms, shape (p, t): the registered matrix where that is such a one."""
    rows = sample.fitted
    return ridge(sample.technology_vectors[rows], sample.product_vectors[rows], sample.strength)


def null_sizes(first: Sample, second: Sample, draws: int, seed: int) -> Array:
    """Sizes of the parts where both groups convert alike and only noise differs, the largest of each draw first.

    Both groups get the products that one matrix, fitted on the firms of both, makes of their own technologies, and
    their own residuals with a random sign each (wild bootstrap: Wu 1986, "Jackknife, bootstrap and other resampling
    methods in regression analysis"; Davidson & Flachaire 2008, "The wild bootstrap, tamed at last", for the signs).
    What the penalties of the two hide of one and the same matrix is part of this null.

    Parameters
    ----------
    draws
        Number of draws.
    seed
        Of the signs.

    Returns
    -------
    array of shape (draws, r), r being the smaller of p and the dimensions that the firms span
    """
    samples = first, second
    T = [sample.technology_vectors[sample.fitted] for sample in samples]
    P = [sample.product_vectors[sample.fitted] for sample in samples]
    common = ridge(np.concatenate(T), np.concatenate(P), first.strength + second.strength)
    root = spread_root(first.technology_vectors, second.technology_vectors)
    # A ridge regression is linear in the products: fitted once, on the identity, it takes any of them.
    reached = [
        root.T @ ridge(technologies, np.eye(len(technologies)), sample.strength).T
        for technologies, sample in zip(T, samples, strict=True)
    ]
    residuals = [sample.fit.residuals for sample in samples]
    expected = [technologies @ common.T for technologies in T]
    rng = np.random.default_rng(seed)
    sizes = []
    for _ in range(draws):
        made = [
            of_group @ (mean + rng.choice([-1.0, 1.0], (len(mean), 1)) * noise)
            for of_group, mean, noise in zip(reached, expected, residuals, strict=True)
        ]
        sizes.append(np.linalg.svd(made[0] - made[1], compute_uv=False))
    return np.array(sizes)
