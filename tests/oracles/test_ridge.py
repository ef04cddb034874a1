"""Least squares and ridge against scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV

from ipml.linear_map.solvers import least_squares, ridge
from ipml.statistics.ridge_strength import leave_one_out_errors

SHAPES = [
    (40, 5, 3),
    (5, 5, 2),
    (6, 20, 4),
    (1, 3, 2),
    (7, 1, 1),
]  # more pairs than dimensions, as many, fewer


def pairs(n: int, d: int, e: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([n, d, e])
    X = rng.normal(size=(n, d)) + 0.5  # not centred: neither has an intercept
    return X, X @ rng.normal(size=(d, e)) + rng.normal(size=(n, e))


@pytest.mark.parametrize(("n", "d", "e"), SHAPES)
@pytest.mark.parametrize("strength", [1e-3, 1.0, 1e4])
def test_ridge_is_that_of_scikit_learn(n: int, d: int, e: int, strength: float) -> None:
    X, Y = pairs(n, d, e)
    theirs = Ridge(alpha=strength, fit_intercept=False, solver="svd").fit(X, Y).coef_.reshape(e, d)
    np.testing.assert_allclose(ridge(X, Y, strength), theirs, rtol=1e-7, atol=1e-9)


def test_ridge_of_dependent_columns_is_that_of_scikit_learn() -> None:
    X, Y = pairs(30, 4, 2)
    X = np.hstack([X, X[:, :2], np.zeros((30, 1))])
    theirs = Ridge(alpha=0.5, fit_intercept=False, solver="svd").fit(X, Y).coef_
    np.testing.assert_allclose(ridge(X, Y, 0.5), theirs, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("n", "d", "e"), SHAPES)
def test_least_squares_is_that_of_scikit_learn(n: int, d: int, e: int) -> None:
    X, Y = pairs(n, d, e)
    theirs = LinearRegression(fit_intercept=False).fit(X, Y).coef_.reshape(e, d)
    np.testing.assert_allclose(least_squares(X, Y), theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("n", "d", "e"), [(40, 5, 3), (6, 6, 2), (8, 20, 4)])
def test_leave_one_out_errors_are_those_of_scikit_learn_and_of_refitting(n: int, d: int, e: int) -> None:
    X, Y = pairs(n, d, e)
    strengths = np.array([0.01, 1.0, 30.0])
    errors = leave_one_out_errors(X, Y, strengths)
    theirs = RidgeCV(alphas=strengths, fit_intercept=False, store_cv_results=True).fit(X, Y)
    np.testing.assert_allclose(errors, theirs.cv_results_.mean(axis=(0, 1)), rtol=1e-8)
    assert strengths[errors.argmin()] == theirs.alpha_
    for strength, error in zip(strengths, errors, strict=True):
        squares = []
        for left_out in range(n):
            rest = np.arange(n) != left_out
            model = Ridge(alpha=strength, fit_intercept=False, solver="svd").fit(X[rest], Y[rest])
            squares.append((Y[left_out] - model.predict(X[[left_out]])[0]) ** 2)
        assert error == pytest.approx(np.mean(squares), rel=1e-8)
