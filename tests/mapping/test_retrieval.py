import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.mapping.scores import hits, own_ranks


def test_ranks_by_hand():
    P = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    predicted = np.array([[2.0, 0.1], [1.0, 0.0], [0.0, 3.0]])
    first, shared = own_ranks(predicted, P, np.zeros(2))
    assert first.tolist() == [1, 3, 2]
    assert shared.tolist() == [1, 1, 1]
    assert hits(first, shared, 1).tolist() == [1, 0, 0]
    assert hits(first, shared, 2).tolist() == [1, 0, 1]


def test_firms_are_compared_about_the_mean():
    mean = np.array([10.0, 0.0, 0.0])
    P = mean + np.array([[5.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    first, _ = own_ranks(mean + np.array([[5.0, 0, 0], [0, 9.0, 1.0], [0, 0.1, 1.0]]), P, mean)
    assert first.tolist() == [1, 1, 1]


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(0, 2**16))
def test_the_rank_is_one_more_than_the_number_of_nearer_vectors(n, seed):
    rng = np.random.default_rng(seed)
    predicted, P = rng.normal(size=(2, n, 4))
    first, shared = own_ranks(predicted, P, np.zeros(4))
    cosine = predicted @ P.T / np.linalg.norm(predicted, axis=1)[:, None] / np.linalg.norm(P, axis=1)
    assert first.tolist() == (1 + (cosine > np.diag(cosine)[:, None]).sum(axis=1)).tolist()
    assert (shared == 1).all()
    assert hits(first, shared, n).mean() == 1


@pytest.mark.parametrize("k", [1, 5, 10, 100])
def test_a_tie_counts_for_what_a_random_order_would_give(k):
    P = np.random.default_rng(0).normal(size=(20, 3))
    mean = P.mean(axis=0)
    first, shared = own_ranks(np.tile(mean, (20, 1)), P, mean)
    assert (first == 1).all()
    assert (shared == 20).all()
    assert hits(first, shared, k).mean() == pytest.approx(min(k / 20, 1))


def test_more_firms_than_fit_one_block_are_ranked_alike(monkeypatch):
    predicted, P = np.random.default_rng(1).normal(size=(2, 23, 5))
    whole = own_ranks(predicted, P, np.zeros(5))
    monkeypatch.setattr("ipml.mapping.scores._ROWS", 4)
    np.testing.assert_array_equal(own_ranks(predicted, P, np.zeros(5)), whole)
