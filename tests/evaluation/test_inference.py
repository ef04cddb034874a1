from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.angles import angle_degrees, plug_in_angles, squared_chord
from ipml.evaluation.inference import (
    UNDERSMOOTHING,
    Contrast,
    Sample,
    both_directions,
    chord_interval,
    contrast,
    debiased_angle,
    debiased_squared_chord,
    ridge_weights,
    scaled_residuals,
)
from ipml.linear_map.solvers import ridge
from tests.evaluation.planted import planted_pair


def draw(n: int, t: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(n, t)) + 1.0
    return T @ rng.normal(size=(t, 4)) + rng.normal(size=(n, 4)), T


def everyone(P: np.ndarray, T: np.ndarray, strength: float = 1.0) -> Sample:
    return Sample(P, T, np.ones(len(P), dtype=bool), strength)


@pytest.mark.parametrize(("n", "t"), [(30, 6), (6, 30), (8, 8)])
def test_ridge_weights_predict_as_the_ridge_matrix(n: int, t: int) -> None:
    P, T = draw(n, t)
    X = np.random.default_rng(1).normal(size=(5, t))
    assert np.allclose(ridge_weights(T, X, 0.3).T @ P, X @ ridge(T, P, 0.3).T)


@pytest.mark.parametrize(("n", "t"), [(25, 6), (6, 25)])
def test_scaled_residuals_are_unbiased_for_the_noise_variance(n: int, t: int) -> None:
    """For P of pure noise with variance 4 the mean square of each scaled residual is 4."""
    rng = np.random.default_rng(2)
    T = rng.normal(size=(n, t))
    residuals = scaled_residuals(2.0 * rng.normal(size=(n, 4000)), T, 0.5)
    assert np.square(residuals).mean(axis=1) == pytest.approx(np.full(n, 4.0), rel=0.12)


def test_contrast_is_the_difference_of_the_two_directions() -> None:
    (P1, T1), (P2, T2) = draw(20, 6), draw(30, 6, seed=3)
    cells = [np.arange(20), np.arange(12)]
    found = contrast(everyone(P1, T1), everyone(P2, T2, strength=2.0), cells)
    A = ridge(T2, P2, 2.0 / UNDERSMOOTHING)
    assert np.square(found.difference).sum(axis=1) == pytest.approx(
        squared_chord(plug_in_angles(P1, T1, A, cells))
    )
    assert np.all(found.own[12:, 1] == 0)


def test_influence_is_the_derivative_with_respect_to_a_firms_weight() -> None:
    """Moving one firm of group 1 moves the difference as its influence says (delta method)."""
    (P1, T1), (P2, T2) = draw(20, 6), draw(30, 6, seed=3)
    other = everyone(P2, T2, strength=2.0)
    found = contrast(everyone(P1, T1), other, [np.arange(20)])
    A = ridge(T2, P2, 2.0 / UNDERSMOOTHING)
    step = 1e-6
    weights = np.full(20, 1 / 20)
    weights[4] += step
    weights /= weights.sum()
    sold, made = weights @ P1, A @ (weights @ T1)
    moved = sold / np.linalg.norm(sold) - made / np.linalg.norm(made)
    derivative = (moved - found.difference[0]) / step
    # A weight of 1/20 more is one firm more: the influence is a twentieth of the derivative.
    assert found.own[4, 0] * 20 == pytest.approx(derivative, abs=1e-4)


def test_only_fitted_firms_of_the_other_group_have_influence() -> None:
    (P1, T1), (P2, T2) = draw(20, 6), draw(30, 6, seed=3)
    fitted = np.arange(30) < 21
    found = contrast(everyone(P1, T1), replace(everyone(P2, T2), fitted=fitted), [np.arange(20)])
    assert np.all(found.other[~fitted] == 0)
    assert np.all(np.abs(found.other[fitted]).sum(axis=(1, 2)) > 0)


def test_an_exact_conversion_has_angle_and_interval_zero() -> None:
    _, T1 = draw(20, 6)
    _, T2 = draw(40, 6, seed=3)
    A = np.random.default_rng(5).normal(size=(5, 6))
    found = debiased_angle(contrast(everyone(T1 @ A.T, T1), everyone(T2 @ A.T, T2, 1e-8), [np.arange(20)]))
    assert found == pytest.approx((0, 0, 0), abs=1e-3)


def test_without_noise_the_estimate_is_the_angle() -> None:
    difference = np.array([[0.0, 0.6]])
    none = np.zeros((3, 1, 2))
    assert debiased_squared_chord(Contrast(difference, none, none)) == pytest.approx((0.36, 0.0, 0.0))
    assert debiased_squared_chord(Contrast(0 * difference, none, none)) == (0.0, 0.0, 0.0)


def test_the_noise_trace_is_subtracted() -> None:
    own = np.array([[[0.1, 0.0]], [[0.0, 0.2]]])
    of = Contrast(np.array([[0.3, 0.4]]), own, np.zeros((1, 1, 2)))
    estimate, linear, quadratic = debiased_squared_chord(of)
    assert estimate == pytest.approx(0.25 - 0.05)
    assert linear == pytest.approx(4 * (0.01 * 0.09 + 0.04 * 0.16) / 0.25)
    assert quadratic == pytest.approx(2 * (0.01**2 + 0.04**2))


def test_more_dimensions_than_firms_give_the_same_variance() -> None:
    rng = np.random.default_rng(6)
    own, difference = rng.normal(size=(3, 1, 9)), rng.normal(size=(1, 9))
    padded = np.concatenate([own, np.zeros((20, 1, 9))])
    few = Contrast(difference, own, np.zeros((1, 1, 9)))
    many = Contrast(difference, padded, np.zeros((1, 1, 9)))
    assert debiased_squared_chord(few) == pytest.approx(debiased_squared_chord(many))


def test_both_directions_average_their_squared_chords() -> None:
    (P1, T1), (P2, T2) = draw(20, 6), draw(30, 6, seed=3)
    first, second = everyone(P1, T1), everyone(P2, T2)
    forward = contrast(first, second, [np.arange(20), np.arange(9)])
    backward = contrast(second, first, [np.arange(30), np.arange(11)])
    both = both_directions(forward, backward)
    expected = np.mean([debiased_squared_chord(of)[0] for of in (forward, backward)])
    assert debiased_squared_chord(both)[0] == pytest.approx(expected)
    assert both.own.shape == (20, 4, 4)
    assert both.other.shape == (30, 4, 4)
    assert np.array_equal(both.take([0, 2]).other, both.other[:, [0, 2]])


@given(
    estimate=st.floats(0, 2),
    linear=st.floats(0, 0.5),
    quadratic=st.floats(0, 0.1),
    confidence=st.floats(0.5, 0.99),
)
def test_the_interval_holds_the_estimate_and_its_ends_solve_the_equation(
    estimate: float, linear: float, quadratic: float, confidence: float
) -> None:
    from scipy.stats import norm

    low, high = chord_interval(estimate, linear, quadratic, confidence)
    assert 0 <= low <= estimate + 1e-9
    assert high >= estimate - 1e-9
    z2 = norm.ppf((1 + confidence) / 2) ** 2
    assert (estimate - high) ** 2 == pytest.approx(z2 * (linear * high + quadratic), abs=1e-7)


@pytest.mark.parametrize("n2", [68, 300])
@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_intervals_cover_and_the_debiased_angle_is_nearer(n2: int, degrees: float) -> None:
    replications = 150
    inside, plug_in, debiased = [], [], []
    for replication in range(replications):
        rng = np.random.default_rng([7, n2, int(degrees), replication])
        first, second, A = planted_pair(degrees, 300, n2, 40, rng)
        cells = [np.arange(300)]
        found = debiased_angle(contrast(first, second, cells))
        inside.append(found.low - 1e-9 <= degrees <= found.high + 1e-9)
        debiased.append(found.degrees)
        plug_in.append(plug_in_angles(first.product_vectors, first.technology_vectors, A, cells)[0])
    # Nominal .95; the standard error of a coverage over 150 replications is .018.
    assert np.mean(inside) >= 0.90
    assert abs(np.mean(debiased) - degrees) < 0.65 * abs(np.mean(plug_in) - degrees)
    assert np.abs(np.subtract(debiased, degrees)).mean() < 1.05 * np.abs(np.subtract(plug_in, degrees)).mean()


def test_an_angle_of_a_mean_over_industries_covers_too() -> None:
    inside = []
    for replication in range(100):
        rng = np.random.default_rng([8, replication])
        first, second, _ = planted_pair(0.0, 120, 120, 30, rng)
        cells = [np.arange(start, start + 30) for start in range(0, 120, 30)]
        both = both_directions(contrast(first, second, cells), contrast(second, first, cells))
        inside.append(debiased_angle(both).low == 0.0)
    assert np.mean(inside) >= 0.90


def test_the_angle_of_the_planted_pair_is_the_planted_one() -> None:
    """The planted world itself: with very many firms the plug-in angle is the planted one."""
    first, _, A = planted_pair(20.0, 20000, 20000, 8, np.random.default_rng(9))
    made = A @ first.technology_vectors.mean(axis=0)
    assert angle_degrees(first.product_vectors.mean(axis=0), made) == pytest.approx(20.0, abs=0.3)
