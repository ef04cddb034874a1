"""Test of "same A": whether two groups convert a technology into the same products.

Under the same A the directions of what a group sells and of what the other's A makes of its technology agree, both
ways. Either direction alone is a test (`inference.zero_p_value`); together they see more. Measuring products in other
coordinates, in which noisy dimensions count less, would see more still, but what the penalty hides is known on
average over dimensions only. Tried in the worlds of ``same_a_test``, with products times ``S^-a``, S being the
residuals' covariance matrix, and the penalty chosen anew: a = 1/4 finds 5 degrees with 300 firms always and rejects a
true "same A" mostly; a = 1/8 finds them in 1.00 and rejects in up to .17; a = 1/16 in .83, up to .13 (24 to 30 worlds
each). With a thirtieth or a hundredth of the penalty in place of a third, so that little is hidden, sizes are near
those here and the gain is gone: .47 to .77 (here .70, and up to .10, in the same worlds).
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
