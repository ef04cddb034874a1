"""Test of "same A": whether two groups convert a technology into the same products.

Under the same A the directions of what a group sells and of what the other's A makes of its technology agree, both
ways. They also agree in any other coordinates of the products, so the test takes those in which it sees most: with S
the covariance matrix of the residuals, products times ``S^(-1/4)``, which counts a dimension less the noisier it is.
(Times ``S^(-1/2)`` all would be equally noisy, which rests on what is known of the smallest variances: little with few
firms.) Residuals do not depend on the noise of the means and of the fitted A, so S does not favour a rejection.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import eigh
from sklearn.covariance import ledoit_wolf

from ipml.evaluation.angles import Array
from ipml.evaluation.contrast import contrast
from ipml.evaluation.inference import zero_p_value
from ipml.evaluation.noise import noise_moments
from ipml.evaluation.sample import Rows, Sample


def same_a_p_value(samples: tuple[Sample, Sample], cells: Sequence[Sequence[Rows]]) -> float:
    """P-value of "same A" from both directions, each counting as much as it is sure.

    A small group's own products, seen through the larger group's A, often say more than its A does.

    Parameters
    ----------
    samples
        The two groups.
    cells
        For each of them the row numbers of its firms in each cell: the whole group, or its industries.
    """
    basis = half_whitening(np.vstack([sample.fit.residuals for sample in samples]))
    turned = samples[0].in_coordinates(basis), samples[1].in_coordinates(basis)
    directions = [contrast(turned, side, cells[side]) for side in (0, 1)]
    precisions = np.array([1.0 / max(noise_moments(of).trace_of_square, 1e-300) for of in directions])
    weighted = [
        cell.scaled(float(np.sqrt(precision / precisions.max())))
        for of, precision in zip(directions, precisions, strict=True)
        for cell in of.cells
    ]
    return zero_p_value(noise_moments(replace(directions[0], cells=weighted)))


def half_whitening(residuals: Array) -> Array:
    """``S^(-1/4)`` for the covariance matrix S of residuals (n, p), shrunk as Ledoit & Wolf 2004: shape (p, p).

    Scaled so that its largest entry along an eigenvector is 1; the identity where there are no residuals.
    """
    values, vectors = eigh(ledoit_wolf(residuals, assume_centered=True)[0])
    if values[-1] <= 0.0:
        return np.eye(residuals.shape[1])
    values = np.maximum(values, 1e-9 * values[-1])
    return (vectors * (values / values[0]) ** -0.25) @ vectors.T
