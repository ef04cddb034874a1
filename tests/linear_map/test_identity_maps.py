import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.identity_maps import choose_prior, identity_low_rank, ridge_identity
from ipml.linear_map.solvers import least_squares, ridge
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid


def planted(n=60, d=8, rank=2, noise=0.3, seed=0):
    """Pairs of the identity plus a correction of low rank, with noise."""
    rng = np.random.default_rng(seed)
    A = np.eye(d) + rng.normal(size=(d, rank)) @ rng.normal(size=(rank, d)) / np.sqrt(d)
    X = rng.normal(size=(n, d))
    return X, X @ A.T + noise * rng.normal(size=(n, d)), A


def fitted(solver, X, Y, *overrides):
    words = "model=mapping", "firm_type=established", f"linear_map@model.map={solver}", *overrides
    config = compose_settings("train", words)
    return fit_linear_map(config.model.map, config.trainer, PairsData((X, Y), None, (X, Y)), "test")


def penalised(X, Y, A, strength):
    return np.sum((Y - X @ A.T) ** 2) + strength * np.sum((A - np.eye(len(A))) ** 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 20), st.integers(1, 6), st.floats(1e-2, 1e3), st.integers(0, 2**16))
def test_no_map_has_a_smaller_penalised_error(n, d, strength, seed):
    X, Y, _ = planted(n, d, seed=seed)
    best = ridge_identity(X, Y, strength)
    gradient = (X @ best.T - Y).T @ X + strength * (best - np.eye(d))
    np.testing.assert_allclose(gradient, 0, atol=1e-7 * (1 + strength))
    rng = np.random.default_rng(seed)
    for _ in range(3):
        near = best + 0.1 * rng.normal(size=best.shape)
        assert penalised(X, Y, near, strength) > penalised(X, Y, best, strength)


def test_a_strong_penalty_gives_the_identity_and_a_weak_one_least_squares():
    X, Y, _ = planted()
    np.testing.assert_allclose(ridge_identity(X, Y, 1e12), np.eye(8), atol=1e-8)
    np.testing.assert_allclose(ridge_identity(X, Y, 1e-9), least_squares(X, Y), atol=1e-8)


def test_it_is_the_ridge_of_the_difference_and_that_of_added_rows():
    X, Y, _ = planted(n=5)  # fewer pairs than dimensions
    best = ridge_identity(X, Y, 3.0)
    np.testing.assert_allclose(best, np.eye(8) + ridge(X, Y - X, 3.0), atol=1e-12)
    rows = np.sqrt(3.0) * np.eye(8)  # the penalty as pairs that the identity maps exactly
    np.testing.assert_allclose(best, least_squares(np.vstack([X, rows]), np.vstack([Y, rows])), atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 20), st.integers(2, 6), st.integers(0, 7), st.integers(0, 2**16))
def test_the_correction_has_the_rank_and_more_rank_fits_better(n, d, rank, seed):
    X, Y, _ = planted(n, d, seed=seed)
    best, more = (identity_low_rank(X, Y, 0.8, r) for r in (rank, rank + 1))
    assert np.linalg.matrix_rank(best - np.eye(d), tol=1e-9) <= rank
    assert penalised(X, Y, more, 0.8) <= penalised(X, Y, best, 0.8) + 1e-9
    if rank >= d:
        np.testing.assert_allclose(best, ridge_identity(X, Y, 0.8), atol=1e-9)


def test_rank_0_is_the_identity():
    X, Y, _ = planted()
    np.testing.assert_array_equal(identity_low_rank(X, Y, 0.8, 0), np.eye(8))


def test_the_strength_is_the_one_with_the_smallest_error_of_refits():
    X, Y, _ = planted(n=12, noise=2.0)
    strengths = strength_grid(X, 1e-6, 1e5, 67)[20:50:3]
    errors = []
    for strength in strengths:
        left_out = [np.arange(12) != row for row in range(12)]
        maps = [ridge_identity(X[rest], Y[rest], strength) for rest in left_out]
        errors.append(np.mean([(Y[row] - maps[row] @ X[row]) ** 2 for row in range(12)]))
    grid = [f"model.map.module.lowest={strengths[0] / (np.sum(X**2) / 8)}", "model.map.module.count=10"]
    grid.append(f"model.map.module.highest={strengths[-1] / (np.sum(X**2) / 8)}")
    grid.append("model.map.module.scale=1")
    found = fitted("ridge_identity", X, Y, *grid)
    assert found.figures["strength"] == pytest.approx(strengths[int(np.argmin(errors))])
    assert found.figures["leave_one_out_error"] == pytest.approx(min(errors))
    np.testing.assert_allclose(found.matrix, ridge_identity(X, Y, found.figures["strength"]))


def test_the_chosen_scale_has_the_smallest_leave_one_out_error_and_0_is_ridge():
    X, Y, _ = planted(n=15, noise=2.0)
    strengths = strength_grid(X, 1e-2, 1e3, 6)
    best = choose_prior(X, 0.4 * Y, strengths)
    grid = np.linspace(0, 2, 81)
    errors = [leave_one_out_errors(X, 0.4 * Y - scale * X, strengths).min() for scale in grid]
    assert best.error <= min(errors) + 1e-12
    assert abs(best.scale - grid[int(np.argmin(errors))]) < 0.02
    assert best.error == pytest.approx(
        leave_one_out_errors(X, 0.4 * Y - best.scale * X, np.array([best.strength]))[0]
    )
    np.testing.assert_allclose(ridge_identity(X, Y, 3.0, 0.0), ridge(X, Y, 3.0), atol=1e-12)
    assert choose_prior(X, -X, strengths).scale == 0  # never turned round
    opposite = choose_prior(X, -X, strengths)
    assert opposite.error == pytest.approx(leave_one_out_errors(X, -X, strengths).min())


def test_a_scale_that_does_not_matter_stays_1():
    X, _, A = planted(n=40, noise=0.0)
    prior = choose_prior(X, X @ A.T, np.array([1e-12]))
    np.testing.assert_allclose(ridge_identity(X, X @ A.T, prior.strength, prior.scale), A, atol=1e-8)


@pytest.mark.parametrize("solver", ["ridge_identity", "identity_low_rank"])
def test_with_few_pairs_near_the_identity_it_predicts_better_than_ridge(solver):
    X, Y, A = planted(n=20, d=15, rank=1, noise=0.5)
    found, plain = fitted(solver, X, Y), fitted("ridge", X, Y)
    assert np.linalg.norm(found.matrix - A) < 0.7 * np.linalg.norm(plain.matrix - A)


def test_the_planted_rank_of_the_correction_is_found():
    X, Y, A = planted(n=150, d=12, rank=2)
    found = fitted("identity_low_rank", X, Y)
    assert found.figures["rank"] == 2
    assert np.linalg.norm(found.matrix - A) < np.linalg.norm(ridge_identity(X, Y, 1e-6) - A)


def test_pairs_that_are_equal_up_to_noise_keep_the_identity():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6))
    found = fitted("identity_low_rank", X, X + rng.normal(size=(40, 6)))
    assert found.figures["rank"] <= 1
    assert np.linalg.norm(found.matrix - np.eye(6)) < 0.5


@pytest.mark.parametrize("solver", ["ridge_identity", "identity_low_rank"])
def test_two_spaces_are_refused(solver):
    X, Y, _ = planted()
    with pytest.raises(InputError, match="the source has 8 dimensions and the target 5; allowed"):
        fitted(solver, X, Y[:, :5])
    with pytest.raises(InputError, match="8 dimensions and the target 5"):
        ridge_identity(X, Y[:, :5], 1.0)
