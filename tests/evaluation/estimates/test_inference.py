import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from ipml.evaluation.estimates.contrast import both_directions, contrast
from ipml.evaluation.estimates.inference import (
    chord_interval,
    debiased_angle,
    debiased_squared_chord,
    zero_p_value,
)
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.evaluation.estimates.plug_in import plug_in_angles
from ipml.evaluation.estimates.sample import Sample
from ipml.statistics.angles import angle_degrees, squared_chord
from tests.evaluation.planted import planted_pair


def test_without_noise_the_estimate_is_the_angle() -> None:
    found = debiased_angle(NoiseMoments(float(squared_chord(25.0)), 0.0, 0.0, 0.0, 0.0))
    assert found[:3] == pytest.approx((25.0, 25.0, 25.0))
    assert found.p_value == 0.0
    assert debiased_angle(NoiseMoments(0.0, 0.0, 0.0, 0.0, 0.0)) == (0.0, 0.0, 0.0, 1.0)


def test_noise_at_a_right_angle_adds_no_length() -> None:
    """Noise η that turns v: |u - v̂|² is on average c + (1 - c / 2) E|η|², to second order."""
    rng = np.random.default_rng(0)
    p, angle, sd = 30, np.radians(50.0), 0.02
    u = np.eye(p)[0]
    v = np.cos(angle) * np.eye(p)[0] + np.sin(angle) * np.eye(p)[1]
    noise = sd * rng.normal(size=(40000, p))
    noise -= np.outer(noise @ v, v)
    turned = v + noise
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    plug_in = float(np.square(u - turned).sum(axis=1).mean())
    moments = NoiseMoments(plug_in, sd**2 * (p - 1), 0.0, 0.0, 0.0)
    assert debiased_squared_chord(moments) == pytest.approx(float(squared_chord(50.0)), rel=1e-3)
    assert abs(plug_in - moments.trace - float(squared_chord(50.0))) > 0.003


def test_noise_as_long_as_the_vectors_leaves_nothing_known() -> None:
    found = debiased_angle(NoiseMoments(1.0, 2.5, 1.0, 0.1, 0.1))
    assert found.degrees == 0.0
    assert found.high > 60.0


moments = st.builds(
    NoiseMoments,
    plug_in=st.floats(0, 3),
    trace=st.floats(1e-3, 1.5),
    trace_of_square=st.floats(1e-6, 1e-3),
    along=st.floats(0, 0.1),
    growth=st.floats(0, 0.5),
)


@given(of=moments, confidence=st.floats(0.5, 0.99))
def test_the_interval_holds_the_estimate_and_its_upper_end_solves_the_equation(
    of: NoiseMoments, confidence: float
) -> None:
    low, high = chord_interval(of, confidence)
    estimate = min(max(debiased_squared_chord(of), 0.0), 4.0)
    assert 0 <= low <= estimate + 1e-9
    assert estimate - 1e-9 <= high <= 4.0
    if high < 4.0:
        z2 = norm.ppf((1 + confidence) / 2) ** 2
        variance = 2 * of.trace_of_square + 4 * of.along * (estimate > 0) + 4 * of.growth * (high - estimate)
        assert (high - estimate) ** 2 == pytest.approx(z2 * variance, abs=1e-7)


@given(of=moments)
def test_the_interval_holds_zero_where_the_test_does_not_reject_it(of: NoiseMoments) -> None:
    """A one-sided test at 2.5 % that rejects leaves 0 outside of the 95 % interval, up to the variance's growth."""
    if zero_p_value(of) > 0.0251:
        assert chord_interval(of, 0.95)[0] == 0.0


def test_the_p_value_is_that_of_a_chi_square_with_the_same_two_moments() -> None:
    """k equal variances s: the squared chord is s times a chi-square with k degrees of freedom, exactly."""
    s, k = 0.01, 7
    of = NoiseMoments(0.12, s * k, s**2 * k, 0.0, 0.0)
    assert zero_p_value(of) == pytest.approx(chi2.sf(12.0, k))


@pytest.mark.parametrize("n2", [68, 300])
@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_intervals_cover_and_the_debiased_angle_is_nearer(n2: int, degrees: float) -> None:
    replications = 100
    inside, plug_in, debiased = [], [], []
    for replication in range(replications):
        rng = np.random.default_rng([7, n2, int(degrees), replication])
        first, second, A = planted_pair(degrees, 300, n2, 40, rng)
        cells = [np.arange(300)]
        found = debiased_angle(noise_moments(contrast((first, second), 0, cells)))
        inside.append(found.low - 1e-9 <= degrees <= found.high + 1e-9)
        debiased.append(found.degrees)
        plug_in.append(plug_in_angles(first.product_vectors, first.technology_vectors, A, cells)[0])
    # Nominal .95; the standard error of a coverage over 100 replications is .022. With 68 firms in 40 dimensions
    # the variance itself is estimated from few, which costs .04.
    assert np.mean(inside) >= 0.88
    assert abs(np.mean(debiased) - degrees) < 0.65 * abs(np.mean(plug_in) - degrees)
    assert np.abs(np.subtract(debiased, degrees)).mean() < 1.05 * np.abs(np.subtract(plug_in, degrees)).mean()


def test_an_angle_of_a_mean_over_industries_covers_too_and_the_test_holds_its_size() -> None:
    inside, p_values = [], []
    for replication in range(100):
        rng = np.random.default_rng([8, replication])
        first, second, _ = planted_pair(0.0, 120, 120, 30, rng)
        cells = [np.arange(start, start + 30) for start in range(0, 120, 30)]
        samples = first, second
        both = both_directions(contrast(samples, 0, cells), contrast(samples, 1, cells))
        found = debiased_angle(noise_moments(both))
        inside.append(found.low == 0.0)
        p_values.append(found.p_value)
    assert np.mean(inside) >= 0.90
    assert np.mean(np.array(p_values) < 0.05) <= 0.11  # .05 and three standard errors


def test_the_test_finds_an_angle_of_ten_degrees() -> None:
    p_values = []
    for replication in range(30):
        samples = planted_pair(10.0, 300, 300, 30, np.random.default_rng([10, replication]))[:2]
        p_values.append(zero_p_value(noise_moments(contrast(samples, 0, [np.arange(300)]))))
    assert np.mean(np.array(p_values) < 0.05) >= 0.9


def test_the_angle_of_the_planted_pair_is_the_planted_one() -> None:
    """The planted world itself: with very many firms the plug-in angle is the planted one."""
    first, _, A = planted_pair(20.0, 20000, 20000, 8, np.random.default_rng(9))
    made = A @ first.technology_vectors.mean(axis=0)
    assert angle_degrees(first.product_vectors.mean(axis=0), made) == pytest.approx(20.0, abs=0.3)


def test_groups_without_firms_of_their_own_fit_need_none() -> None:
    """Only the A that a direction goes through is fitted."""
    first, second, _ = planted_pair(0.0, 30, 30, 5, np.random.default_rng(11))
    unfit = Sample(first.product_vectors, first.technology_vectors, np.zeros(30, dtype=bool), 1.0)
    assert noise_moments(contrast((unfit, second), 0, [np.arange(30)])).trace > 0
