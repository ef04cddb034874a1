import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.low_rank_map import low_rank, rank_errors
from ipml.linear_map.solvers import ridge
from ipml.statistics.ridge_strength import leave_one_out_errors, strength_grid


def planted(n=80, d=12, e=10, rank=3, noise=0.5, seed=0):
    """Pairs of a map of low rank with noise."""
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(e, rank)) @ rng.normal(size=(rank, d)) / np.sqrt(d)
    X = rng.normal(size=(n, d))
    return X, X @ A.T + noise * rng.normal(size=(n, e)), A


def penalised(X, Y, A, strength):
    return np.sum((Y - X @ A.T) ** 2) + strength * np.sum(A**2)


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 20), st.integers(2, 6), st.integers(2, 6), st.integers(1, 6), st.integers(0, 2**16))
def test_no_map_of_the_rank_has_a_smaller_penalised_error(n, d, e, rank, seed):
    X, Y, _ = planted(n, d, e, seed=seed)
    best = low_rank(X, Y, 2.0, rank)
    assert np.linalg.matrix_rank(best, tol=1e-9) <= rank
    rng = np.random.default_rng(seed)
    least = penalised(X, Y, best, 2.0)
    U, singular, Vt = np.linalg.svd(ridge(X, Y, 2.0))
    cut = (U[:, : len(singular)] * np.where(np.arange(len(singular)) < rank, singular, 0)) @ Vt[
        : len(singular)
    ]
    assert penalised(X, Y, cut, 2.0) >= least - 1e-9
    left, right = np.linalg.svd(best)[0][:, :rank], np.linalg.svd(best)[2][:rank]
    core = left.T @ best @ right.T
    for _ in range(5):
        near = (
            (left + 0.1 * rng.normal(size=left.shape)) @ core @ (right + 0.1 * rng.normal(size=right.shape))
        )
        assert penalised(X, Y, near, 2.0) >= least - 1e-9


@pytest.mark.parametrize("n", [6, 40])
def test_full_rank_is_ridge(n):
    X, Y, _ = planted(n)
    np.testing.assert_allclose(low_rank(X, Y, 0.7, 10), ridge(X, Y, 0.7), atol=1e-10)


def test_errors_of_the_ranks_are_those_of_refits():
    X, Y, _ = planted(n=23, d=4, e=5)
    expected = np.zeros(4)
    for fold in range(5):
        held_out = np.arange(23) % 5 == fold
        for rank in range(1, 5):
            A = low_rank(X[~held_out], Y[~held_out], 1.5, rank)
            expected[rank - 1] += np.sum((Y[held_out] - X[held_out] @ A.T) ** 2)
    np.testing.assert_allclose(rank_errors(X, Y, 1.5, 5), expected / Y.size, rtol=1e-9)


def test_with_a_fold_a_pair_the_last_error_is_that_of_leave_one_out():
    X, Y, _ = planted(n=15, d=4, e=4)
    assert rank_errors(X, Y, 1.5, 15)[-1] == pytest.approx(leave_one_out_errors(X, Y, np.array([1.5]))[0])


def test_the_planted_rank_is_found_and_predicts_better_than_ridge():
    config = compose_settings("train", ["model=mapping_low_rank", "firm_type=established"])
    X, Y, A = planted(n=60, d=20, e=20, rank=2, noise=1.0)
    fitted = fit_linear_map(config.model.map, config.trainer, PairsData((X, Y), None, (X, Y)), "test")
    assert fitted.figures["rank"] == 2
    strengths = strength_grid(X)
    assert fitted.figures["strength"] == strengths[leave_one_out_errors(X, Y, strengths).argmin()]
    error = np.linalg.norm(fitted.matrix - A)
    assert error < 0.8 * np.linalg.norm(ridge(X, Y, fitted.figures["strength"]) - A)


def test_impossible_ranks_and_folds_are_refused():
    X, Y, _ = planted(n=5)
    with pytest.raises(ValueError, match="rank=0"):
        low_rank(X, Y, 1.0, 0)
    for n_folds in (1, 6):
        with pytest.raises(ValueError, match=f"n_folds={n_folds}: must be 2 to 5"):
            rank_errors(X, Y, 1.0, n_folds)
    with pytest.raises(InputError, match=r"model\.map\.module\.n_folds=1: at least 2"):
        compose_settings("train", ["model=mapping_low_rank", "model.map.module.n_folds=1"])
