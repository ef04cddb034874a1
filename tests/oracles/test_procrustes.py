"""Orthogonal Procrustes against SciPy."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group

from ipml.linear_map.solvers import orthogonal


@pytest.mark.parametrize(("n", "d"), [(50, 6), (6, 6), (9, 2), (5, 1)])
def test_rotation_is_that_of_scipy(n: int, d: int) -> None:
    rng = np.random.default_rng([n, d])
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, d))
    theirs, _ = orthogonal_procrustes(X, Y)  # minimises ‖X R − Y‖
    np.testing.assert_allclose(orthogonal(X, Y), theirs.T, atol=1e-10)


@pytest.mark.parametrize("determinant", [1, -1])
def test_planted_rotation_and_planted_reflection_are_found_by_both(determinant: int) -> None:
    planted = ortho_group.rvs(7, random_state=1)
    planted[0] *= determinant * np.sign(np.linalg.det(planted))
    X = np.random.default_rng(2).normal(size=(20, 7))
    Y = X @ planted.T
    np.testing.assert_allclose(orthogonal(X, Y), planted, atol=1e-10)
    np.testing.assert_allclose(orthogonal_procrustes(X, Y)[0].T, planted, atol=1e-10)


@pytest.mark.parametrize("case", ["fewer pairs than dimensions", "equal pairs", "zeros"])
def test_where_many_rotations_are_best_ours_is_as_good_as_that_of_scipy(case: str) -> None:
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(3, 8)), rng.normal(size=(3, 8))
    if case == "equal pairs":
        X, Y = np.tile(X[:1], (12, 1)), np.tile(Y[:1], (12, 1))
    elif case == "zeros":
        X = np.zeros_like(X)
    A = orthogonal(X, Y)
    theirs, _ = orthogonal_procrustes(X, Y)
    np.testing.assert_allclose(A @ A.T, np.eye(8), atol=1e-10)
    assert np.linalg.norm(Y - X @ A.T) == pytest.approx(np.linalg.norm(Y - X @ theirs), abs=1e-10)


@pytest.mark.parametrize(("d", "e"), [(3, 7), (7, 3)])
def test_between_spaces_of_two_sizes_the_agreement_is_that_of_scipy_with_columns_of_zeros(
    d: int, e: int
) -> None:
    rng = np.random.default_rng([d, e])
    X, Y = rng.normal(size=(40, d)), rng.normal(size=(40, e))
    A = orthogonal(X, Y)
    size = max(d, e)
    padded = [np.pad(rows, ((0, 0), (0, size - rows.shape[1]))) for rows in (X, Y)]
    _, agreement = orthogonal_procrustes(*padded)
    assert np.sum(Y * (X @ A.T)) == pytest.approx(agreement)
    small = A.T @ A if e > d else A @ A.T
    np.testing.assert_allclose(small, np.eye(min(d, e)), atol=1e-10)
