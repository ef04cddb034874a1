import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from ipml.errors import InputError
from ipml.linear_map.solvers import ridge
from ipml.statistics.ridge_strength import choose_strength, leave_one_out_errors, strength_grid


def pairs(n, d, e, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(n, e))


@pytest.mark.parametrize(("n", "d"), [(12, 4), (5, 5), (4, 9)])
def test_leave_one_out_errors_are_those_of_refits(n, d):
    X, Y = pairs(n, d, 3)
    strengths = np.array([1e-4, 0.1, 1.0, 30.0])
    expected = []
    for strength in strengths:
        squares = []
        for i in range(n):
            others = np.arange(n) != i
            squares.append((Y[i] - ridge(X[others], Y[others], strength) @ X[i]) ** 2)
        expected.append(np.mean(squares))
    np.testing.assert_allclose(leave_one_out_errors(X, Y, strengths), expected, rtol=1e-6)


def test_leave_one_out_chooses_what_scikit_learn_chooses():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 10))
    Y = X @ rng.normal(size=(10, 10)) + 3 * rng.normal(size=(60, 10))
    strengths = strength_grid(X)
    best, error = choose_strength(X, Y, strengths)
    assert error == leave_one_out_errors(X, Y, strengths).min()
    assert best == pytest.approx(RidgeCV(alphas=strengths, fit_intercept=False).fit(X, Y).alpha_)
    assert strengths[0] < best < strengths[-1]


@pytest.mark.parametrize(
    ("X", "said"),
    [(np.zeros((5, 2)), "X: numbers all zero"), (np.full((5, 2), 1e200), "X: numbers up to 1e\\+200")],
)
def test_vectors_without_a_size_have_no_strengths(X, said):
    with pytest.raises(InputError, match=f"^{said}"):
        strength_grid(X)


def test_strengths_are_multiples_of_the_mean_squared_singular_value():
    X, _ = pairs(20, 5, 1)
    grid = strength_grid(X, lowest=0.1, highest=10, count=3)
    np.testing.assert_allclose(grid, np.mean(np.linalg.svd(X)[1] ** 2) * np.array([0.1, 1, 10]))
    np.testing.assert_allclose(strength_grid(7 * X), 49 * strength_grid(X))


@pytest.mark.parametrize("strength", [0.0, -1.0, float("nan")])
def test_a_strength_must_be_above_zero(strength):
    X, Y = pairs(5, 2, 2)
    with pytest.raises(ValueError, match="above 0"):
        leave_one_out_errors(X, Y, np.array([1.0, strength]))


@pytest.mark.parametrize(("X", "Y"), [((3, 2), (4, 2)), ((0, 2), (0, 2)), ((3,), (3, 1))])
def test_what_is_no_set_of_pairs_is_refused(X, Y):
    with pytest.raises(ValueError, match="needed"):
        leave_one_out_errors(np.zeros(X), np.zeros(Y), np.ones(1))
