"""The methods against their formulas, on tables small enough to write all scores down."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from ipml.alignment.retrieval import METHODS, neighbours
from ipml.errors import InputError

SEEDS = st.integers(0, 2**16)


def cosine_table(X, Y):
    X, Y = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, Y))
    return X @ Y.T


def planted(seed, q=7, m=25, n=30, e=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(q, e)), rng.normal(size=(m, e)), rng.normal(size=(n, e))


def nearest_mean(X, Y, neighbourhood):
    return np.sort(cosine_table(X, Y), axis=1)[:, -neighbourhood:].mean(axis=1)


def check(found, table):
    np.testing.assert_array_equal(found, np.argsort(-table, axis=1)[:, : found.shape[1]])


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_nearest_is_the_cosine(seed, k):
    X, Y, _ = planted(seed)
    found = neighbours(X, Y, k, "nearest")
    assert found.shape == (7, min(k, 25))
    check(found, cosine_table(X, Y))


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([1, 4, 10, 100]))
def test_csls_is_its_formula(seed, neighbourhood):
    X, Y, S = planted(seed)
    r_target, r_source = nearest_mean(X, Y, neighbourhood), nearest_mean(Y, S, neighbourhood)
    table = 2 * cosine_table(X, Y) - r_target[:, None] - r_source[None, :]
    check(neighbours(X, Y, 5, "csls", S, neighbourhood), table)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([0.02, 0.1, 1.0]))
def test_the_inverted_softmax_is_its_formula(seed, temperature):
    X, Y, S = planted(seed)
    normaliser = logsumexp(cosine_table(S, Y) / temperature, axis=0)
    table = cosine_table(X, Y) / temperature - normaliser
    check(neighbours(X, Y, 5, "inverted_softmax", S, temperature=temperature), table)


@pytest.mark.parametrize("method", ["csls", "inverted_softmax"])
def test_a_hub_is_not_chosen(method):
    X = np.array([[1.0, 0.2], [1.0, -0.2]])
    Y = np.array([[1.0, 0.0], [1.0, 0.45], [1.0, -0.45]])  # row 0 is near to both queries
    assert neighbours(X, Y, 1, "nearest").ravel().tolist() == [0, 0]
    assert neighbours(X, Y, 1, method, X, neighbourhood=2).ravel().tolist() == [1, 2]


def test_one_query_and_one_target_are_enough():
    X, Y, S = planted(0)
    for method in METHODS:
        assert neighbours(X[:1], Y[:1], 5, method, S[:1]).tolist() == [[0]]
        assert neighbours(X[:0], Y, 5, method, S).shape == (0, 5)


def test_mistakes_are_named():
    X, Y, _ = planted(0)
    with pytest.raises(
        InputError, match=r"method=isf: not a choice; allowed: nearest, csls, inverted_softmax"
    ):
        neighbours(X, Y, 1, "isf")
    with pytest.raises(ValueError, match="needed by csls"):
        neighbours(X, Y, 1, "csls")
