import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.estimates.conversion_fit import UNDERSMOOTHING, ConversionFit, ridge_weights
from ipml.linear_map.solvers import ridge


def draw(n: int, t: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(n, t)) + 1.0
    return T @ rng.normal(size=(t, 4)) + rng.normal(size=(n, 4)), T


@pytest.mark.parametrize(("n", "t"), [(30, 6), (6, 30), (8, 8)])
def test_ridge_weights_predict_as_the_ridge_matrix(n: int, t: int) -> None:
    P, T = draw(n, t)
    X = np.random.default_rng(1).normal(size=(5, t))
    assert np.allclose(ridge_weights(T, X, 0.3).T @ P, X @ ridge(T, P, 0.3).T)


@pytest.mark.parametrize(("n", "t"), [(30, 6), (6, 30)])
def test_what_is_made_and_the_gap_are_those_of_the_undersmoothed_ridge(n: int, t: int) -> None:
    P, T = draw(n, t)
    X = np.random.default_rng(1).normal(size=(3, t))
    found = ConversionFit(P, T, 0.6).convert(X)
    assert np.allclose(found.made, X @ ridge(T, P, 0.6 / UNDERSMOOTHING).T)
    # The ridge sends T to itself where nothing is hidden: the gap is what it leaves of x.
    assert np.allclose(found.gap, X - X @ ridge(T, T, 0.6 / UNDERSMOOTHING).T)


@pytest.mark.parametrize(("n", "t"), [(25, 6), (6, 25)])
def test_residuals_are_unbiased_where_a_is_a_draw_of_its_prior(n: int, t: int) -> None:
    """With noise of variance 4 and entries of A of variance 4 / strength, residuals have variance 4."""
    rng = np.random.default_rng(2)
    T, strength, p = rng.normal(size=(n, t)), 0.5, 20000
    P = T @ rng.normal(size=(t, p)) * np.sqrt(4.0 / strength) + 2.0 * rng.normal(size=(n, p))
    fit = ConversionFit(P, T, strength)
    assert np.square(fit.residuals).mean(axis=1) == pytest.approx(np.full(n, 4.0), rel=0.06)
    assert fit.residual_gram / p == pytest.approx(4.0 * fit.correlation, abs=0.2)
    assert fit.noise == pytest.approx(4.0 * p, rel=0.03)


def test_the_hidden_part_is_as_large_as_what_is_hidden_on_average() -> None:
    """For A drawn from its prior, A times the gap has the size that ``hidden`` says."""
    rng = np.random.default_rng(3)
    n, t, p, strength = 8, 20, 4000, 2.0
    T, X = rng.normal(size=(n, t)), rng.normal(size=(2, t))
    A = rng.normal(size=(p, t)) / np.sqrt(strength)
    fit = ConversionFit(T @ A.T + rng.normal(size=(n, p)), T, strength)
    gap = fit.convert(X).gap
    assert fit.hidden(gap) == pytest.approx((gap @ A.T) @ (gap @ A.T).T / p, rel=0.1, abs=0.05)


def test_the_spread_of_firms_goes_through_the_cross_validated_matrix() -> None:
    P, T = draw(20, 5)
    assert np.allclose(ConversionFit(P, T, 0.7).scatter(T[:3]), T[:3] @ ridge(T, P, 0.7).T)


def test_firms_like_the_fitted_ones_are_supported_and_strangers_are_not() -> None:
    rng = np.random.default_rng(4)
    T = rng.normal(size=(400, 5)) * [1, 1, 1, 1, 0.01] + 1.0
    fit = ConversionFit(T, T, 1e-6)
    alike = rng.normal(size=(2000, 5)) * [1, 1, 1, 1, 0.01] + 1.0
    assert fit.supports(alike).mean() == pytest.approx(0.95, abs=0.05)
    assert not fit.supports(alike + 10 * np.eye(5)[4]).any()


@given(n=st.integers(2, 12), t=st.integers(1, 12), strength=st.floats(1e-3, 1e3))
def test_correlations_are_correlations(n: int, t: int, strength: float) -> None:
    P, T = draw(n, t, seed=n * 100 + t)
    found = ConversionFit(P, T, strength).correlation
    assert np.allclose(np.diag(found), 1)
    assert np.abs(found).max() <= 1 + 1e-9
