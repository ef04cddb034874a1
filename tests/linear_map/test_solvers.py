import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge

from ipml.linear_map.solvers import least_squares, orthogonal, random_orthogonal, ridge

SHAPES = st.tuples(st.integers(2, 12), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**16))


def pairs(n, d, e, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n, e))


@pytest.mark.parametrize("n", [5, 8, 40])
@pytest.mark.parametrize("strength", [1e-3, 1.0, 50.0])
def test_ridge_is_that_of_scikit_learn(n, strength):
    X, Y = pairs(n, 8, 3)
    expected = Ridge(alpha=strength, fit_intercept=False).fit(X, Y).coef_
    np.testing.assert_allclose(ridge(X, Y, strength), expected, atol=1e-10)


def test_least_squares_is_that_of_scikit_learn():
    X, Y = pairs(30, 6, 4)
    expected = LinearRegression(fit_intercept=False).fit(X, Y).coef_
    np.testing.assert_allclose(least_squares(X, Y), expected, atol=1e-10)


def test_least_squares_with_few_pairs_fits_them_with_the_smallest_norm():
    X, Y = pairs(4, 7, 3)
    A = least_squares(X, Y)
    np.testing.assert_allclose(X @ A.T, Y, atol=1e-10)
    np.testing.assert_allclose(A, ridge(X, Y, 1e-9), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.floats(1e-3, 1e3))
def test_ridge_solves_its_normal_equations(shape, strength):
    n, d, e, seed = shape
    X, Y = pairs(n, d, e, seed)
    A = ridge(X, Y, strength)
    assert A.shape == (e, d)
    np.testing.assert_allclose(A @ (X.T @ X + strength * np.eye(d)), Y.T @ X, atol=1e-8 * (1 + strength))


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_ridge_goes_from_least_squares_to_zero(shape):
    n, d, e, seed = shape
    X, Y = pairs(n, d, e, seed)
    values = np.linalg.svd(X)[1]
    free = least_squares(X, Y)
    # Least squares along each singular direction, times v² / (v² + strength).
    weak = 1e-4 * values.min() ** 2
    assert np.linalg.norm(ridge(X, Y, weak) - free) <= 1.01e-4 * np.linalg.norm(free) + 1e-9
    norms = [np.linalg.norm(ridge(X, Y, factor * values.max() ** 2)) for factor in (0.01, 0.1, 1, 10, 1e4)]
    assert (np.diff(norms) < 0).all()
    assert norms[-1] <= 1e-4 * np.linalg.norm(free)


@pytest.mark.parametrize(("d", "e"), [(6, 6), (4, 7)])
def test_procrustes_recovers_a_planted_map_exactly(d, e):
    X, _ = pairs(50, d, 1)
    A = random_orthogonal(e, d, seed=1)
    found = orthogonal(X, X @ A.T)
    np.testing.assert_allclose(found, A, atol=1e-12)
    np.testing.assert_allclose(found.T @ found, np.eye(d), atol=1e-12)


def test_procrustes_into_fewer_dimensions_has_orthonormal_rows():
    X, Y = pairs(50, 7, 4)
    A = orthogonal(X, Y)
    np.testing.assert_allclose(A @ A.T, np.eye(4), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_no_other_orthogonal_map_fits_better_than_procrustes(shape):
    n, d, e, seed = shape
    X, Y = pairs(n, d, e, seed)
    other = random_orthogonal(e, d, seed)
    gain = np.sum(Y * (X @ orthogonal(X, Y).T)) - np.sum(Y * (X @ other.T))
    assert gain >= -1e-9


def test_a_random_map_depends_on_its_seed_alone():
    assert (random_orthogonal(5, 3, 1) == random_orthogonal(5, 3, 1)).all()
    assert not (random_orthogonal(5, 3, 1) == random_orthogonal(5, 3, 2)).all()


@pytest.mark.parametrize("solver", [least_squares, orthogonal, lambda X, Y: ridge(X, Y, 1.0)])
@pytest.mark.parametrize(("X", "Y"), [((3, 2), (4, 2)), ((0, 2), (0, 2)), ((3,), (3, 1))])
def test_what_is_no_set_of_pairs_is_refused(solver, X, Y):
    with pytest.raises(ValueError, match="needed"):
        solver(np.zeros(X), np.zeros(Y))


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan")])
def test_a_strength_must_be_above_zero(strength):
    X, Y = pairs(5, 2, 2)
    with pytest.raises(ValueError, match="above 0"):
        ridge(X, Y, strength)
