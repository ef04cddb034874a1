"""Debiased angle with a confidence interval, and the test of whether it is 0.

The plug-in angle is not zero where two conversion matrices are equal: sampling noise of A T̄ adds to the
length of the difference of the two directions. With V the covariance matrix of the noise in the difference
``u - v`` of the unit vectors u (products) and v (converted technology), its squared length is on average
``c + (1 - c / 2) tr V`` at a true squared chord c, since noise that turns v brings no more length at a right angle.
So c is estimated as ``(|u - v|² - tr V) / (1 - tr V / 2)``.

Its variance is ``2 tr V² + 4 δ'Vδ``, δ the true difference. The interval holds every c with
``|estimate - c| <= z σ(c)``, z being Student's quantile and σ(c) growing from that at the estimate as δ'Vδ does; it
is turned into degrees last. At c = 0 only the quadratic part is left: a weighted sum of χ², taken as one χ² with the
same two moments (Satterthwaite 1946), which says whether the interval holds 0.

A percentile bootstrap does not do: refitting A adds the very noise once more, and its intervals never hold
an angle of 0. Exchanging the groups' firms tests the joint distribution of P and T, not A. Firms count as independent
here; `sample.ClusteredSample` has the version for errors that an industry or a corporate group shares.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2, t

from ipml.errors import InputError
from ipml.evaluation.estimates.contrast import Contrast
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.guards.shapes import Shapes
from ipml.statistics.angles import Array, degrees_of_squared_chord


class DebiasedAngle(NamedTuple):
    """Estimate and interval in degrees, 0 at the least, and the p-value of an angle of 0."""

    degrees: float
    low: float
    high: float
    p_value: float


def debiased_angle(moments: NoiseMoments, confidence: float = 0.95) -> DebiasedAngle:
    """Angle of the mean squared chord over the cells of a contrast, with its interval.

    Parameters
    ----------
    moments
        Of the contrast: of one cell, or of several, whose squared chords are averaged.
    confidence
        Nominal coverage.
    """
    estimate = debiased_squared_chord(moments)
    low, high = chord_interval(moments, confidence)
    degrees = [float(degrees_of_squared_chord(chord)) for chord in (estimate, low, high)]
    return DebiasedAngle(degrees[0], degrees[1], degrees[2], zero_p_value(moments))


def debiased_squared_chord(moments: NoiseMoments) -> float:
    """Squared chord less what noise adds to it; unbiased to second order, and therefore negative at times."""
    if moments.trace >= 2.0:  # noise as long as the vectors themselves: nothing is known of the angle
        return 0.0
    return (moments.plug_in - moments.trace) / (1.0 - moments.trace / 2.0)


def chord_interval(moments: NoiseMoments, confidence: float) -> tuple[float, float]:
    """Every c >= 0 whose distance from the estimate the noise explains, as its two ends.

    A negative estimate is put at 0 first, which can only widen the interval.
    """
    estimate = max(debiased_squared_chord(moments), 0.0)
    quadratic = 2.0 * moments.trace_of_square
    variance = quadratic + 4.0 * moments.along * (estimate > 0)
    z = float(t.ppf((1.0 + confidence) / 2.0, moments.freedom))
    drift = 2.0 * z**2 * moments.growth  # half of z² times the growth of the variance, 4 growth
    half = np.sqrt(drift**2 + z**2 * variance)
    skewed = estimate - _zero_quantile(moments, (1.0 + confidence) / 2.0)
    low = min(estimate + drift - half, skewed)
    return float(np.clip(low, 0.0, 4.0)), float(np.clip(estimate + drift + half, 0.0, 4.0))


def zero_p_value(moments: NoiseMoments) -> float:
    """Probability of so large a squared chord where the true one is 0; 1 without any noise or chord."""
    if moments.trace_of_square <= 0.0:
        return 0.0 if moments.plug_in > 0 else 1.0
    scale, freedom = _satterthwaite(moments)
    return float(chi2.sf(moments.plug_in / scale, freedom))


def same_a_p_value(directions: Sequence[Contrast], moments: Sequence[NoiseMoments]) -> float:
    """P-value of "same A" from both directions, each counting as much as it is sure.

    Under the same A the directions of what a group sells and of what the other's A makes of its technology agree,
    both ways. Either direction alone is a test (`zero_p_value`); together they see more: a small group's own products,
    seen through the larger group's A, often say more than its A does.

    Measuring products in other coordinates, in which noisy dimensions count less, would see more still, but what the
    penalty hides is known on average over dimensions only. Tried in the worlds of ``same_a_test``, with products times
    ``S^-a``, S being the residuals' covariance matrix, and the penalty chosen anew: a = 1/4 finds 5 degrees with 300
    firms always and rejects a true "same A" mostly; a = 1/8 finds them in 1.00 and rejects in up to .17; a = 1/16 in
    .83, up to .13 (24 to 30 worlds each). With a thirtieth or a hundredth of the penalty in place of a third, so that
    little is hidden, sizes are near those here and the gain is gone: .47 to .77 (here .70, and up to .10, in the same
    worlds).

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


def holm(p_values: Array) -> Array:
    """Adjusted p-values that hold the probability of any false rejection, whatever the tests' dependence.

    Parameters
    ----------
    p_values
        Shape (m,), from 0 to 1; none of none.

    Returns
    -------
    array of shape (m,), none smaller than its p-value

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", 1979.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = Shapes().check("p_values", p_values, "m", empty=True)
    if ((p_values < 0) | (p_values > 1)).any():
        raise InputError(f"p_values: {p_values.min():g} to {p_values.max():g}; allowed: 0 to 1")
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _zero_quantile(moments: NoiseMoments, level: float) -> float:
    """Quantile of the estimate where the true squared chord is 0."""
    if moments.trace_of_square <= 0.0:
        return 0.0
    scale, freedom = _satterthwaite(moments)
    excess = scale * float(chi2.ppf(level, freedom)) - moments.trace
    return excess / max(1.0 - moments.trace / 2.0, 1e-9)


def _satterthwaite(moments: NoiseMoments) -> tuple[float, float]:
    return moments.trace_of_square / moments.trace, moments.trace**2 / moments.trace_of_square
