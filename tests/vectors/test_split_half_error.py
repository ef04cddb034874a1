import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ipml.vectors.firm_vectors import rows_to_one
from ipml.vectors.split_half_error import error_weights


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.booleans(), st.integers(0, 2**16))
def test_the_error_is_the_scaled_difference_of_two_halves(n, equal, seed):
    rng = np.random.default_rng(seed)
    values = np.ones(n) if equal else rng.random(n) + 0.1
    weights = rows_to_one(sparse.csr_matrix(np.stack([values, values])))
    errors = error_weights(weights, seed).toarray()
    for row, given_weights in zip(errors, weights.toarray(), strict=True):
        first = row > 0
        if n == 1:
            assert not row.any()
            continue
        assert abs(int(first.sum()) - n / 2) <= 0.5
        share = given_weights[first].sum()
        expected = np.where(first, given_weights / share, -given_weights / (1 - share))
        np.testing.assert_allclose(row, np.sqrt(share * (1 - share)) * expected)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_its_square_is_the_variance_of_the_mean_over_all_halves(n):
    items = np.random.default_rng(0).normal(size=(n, 2))
    weights = sparse.csr_matrix(np.full((1, n), 1 / n))
    squares = [error_weights(weights, seed) @ items for seed in range(4000)]
    outer = np.mean([error.T @ error for error in squares], axis=0)
    np.testing.assert_allclose(outer, np.cov(items.T) / n, atol=0.05 * np.trace(np.cov(items.T)) / n)


def test_halves_depend_on_the_seed_and_differ_between_firms():
    weights = sparse.csr_matrix(np.full((40, 6), 1 / 6))
    errors = error_weights(weights, 1).toarray()
    np.testing.assert_array_equal(errors, error_weights(weights, 1).toarray())
    assert (errors != error_weights(weights, 2).toarray()).any()
    assert len(np.unique(errors > 0, axis=0)) > 5


def test_firms_without_two_items_have_no_error():
    weights = sparse.csr_matrix([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.0, 0.5]])
    errors = error_weights(weights, 0).toarray()
    assert not errors[:2].any()
    np.testing.assert_allclose(np.abs(errors[2]), [0.5, 0.0, 0.5])
