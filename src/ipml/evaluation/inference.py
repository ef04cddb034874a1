"""Debiased angle with a confidence interval, and the test of whether it is 0.

The plug-in angle is not zero where two conversion matrices are equal: sampling noise of A T̄ adds to the
length of the difference of the two directions. With V the covariance matrix of the noise in the difference
``u - v`` of the unit vectors u (products) and v (converted technology), its squared length is on average
``c + (1 - c / 2) tr V`` at a true squared chord c, since noise that turns v brings no more length at a right angle.
So c is estimated as ``(|u - v|² - tr V) / (1 - tr V / 2)``.

Its variance is ``2 tr V² + 4 δ'Vδ``, δ the true difference. The interval holds every c with
``|estimate - c| <= z σ(c)``, z being Student's quantile and σ(c) growing from that at the estimate as δ'Vδ does; it
is turned into degrees last. At c = 0 only the quadratic part is left: a weighted sum of χ², taken as one χ² with the
same two moments (Satterthwaite 1946), which says whether the interval holds 0. `same_a` has the test of "same A".

A percentile bootstrap does not do: refitting A adds the very noise once more, and its intervals never hold
an angle of 0. Exchanging the groups' firms tests the joint distribution of P and T, not A. Firms count as independent
here; `sample.ClusteredSample` has the version for errors that an industry or a corporate group shares.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi2, t

from ipml.evaluation.noise import NoiseMoments
from ipml.statistics.angles import degrees_of_squared_chord


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


def _zero_quantile(moments: NoiseMoments, level: float) -> float:
    """Quantile of the estimate where the true squared chord is 0."""
    if moments.trace_of_square <= 0.0:
        return 0.0
    scale, freedom = _satterthwaite(moments)
    excess = scale * float(chi2.ppf(level, freedom)) - moments.trace
    return excess / max(1.0 - moments.trace / 2.0, 1e-9)


def _satterthwaite(moments: NoiseMoments) -> tuple[float, float]:
    return moments.trace_of_square / moments.trace, moments.trace**2 / moments.trace_of_square
