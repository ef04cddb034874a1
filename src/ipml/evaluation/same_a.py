"""Test of "same A": whether two groups convert a technology into the same products.

Under the same A the directions of what a group sells and of what the other's A makes of its technology agree, both
ways. Either direction alone is a test (`inference.zero_p_value`); together they see more. Measuring products in other
coordinates, in which noisy dimensions count less, would see more still (in the worlds of ``same_a_test`` 5 degrees with
300 firms in .88 to 1.00 of the cases instead of .73), but what the penalty hides is known on average over dimensions
only: with products times ``S^(-1/4)``, S being the residuals' covariance matrix, a true "same A" was always rejected.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipml.evaluation.contrast import Contrast
from ipml.evaluation.inference import zero_p_value
from ipml.evaluation.noise import NoiseMoments, noise_moments


def same_a_p_value(directions: Sequence[Contrast], moments: Sequence[NoiseMoments]) -> float:
    """P-value of "same A" from both directions, each counting as much as it is sure.

    A small group's own products, seen through the larger group's A, often say more than its A does.

    Parameters
    ----------
    directions
        Contrast of group 1 through the A of group 2 and the other way round.
    moments
        Of the noise of each.
    """
    precisions = np.array([1.0 / max(of.trace_of_square, 1e-300) for of in moments])
    weighted = [
        cell.scaled(float(np.sqrt(precision / precisions.max())))
        for of, precision in zip(directions, precisions, strict=True)
        for cell in of.cells
    ]
    return zero_p_value(noise_moments(replace(directions[0], cells=weighted)))
