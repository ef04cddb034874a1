import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment import retrieval
from ipml.alignment.retrieval import neighbours
from ipml.errors import InputError

SEEDS = st.integers(0, 2**16)


def cosine_table(X, Y):
    X, Y = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, Y))
    return X @ Y.T


def planted(seed, q=7, m=25, n=30, e=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(q, e)), rng.normal(size=(m, e)), rng.normal(size=(n, e))


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_nearest_is_brute_force(seed, k):
    X, Y, _ = planted(seed)
    expected = np.argsort(-cosine_table(X, Y), axis=1)[:, :k]
    np.testing.assert_array_equal(neighbours(X, Y, k, "nearest"), expected)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([1, 4, 10, 100]))
def test_csls_is_its_formula(seed, neighbourhood):
    X, Y, S = planted(seed)
    cosine = cosine_table(X, Y)
    r_target = np.sort(cosine, axis=1)[:, -neighbourhood:].mean(axis=1)
    r_source = np.sort(cosine_table(Y, S), axis=1)[:, -neighbourhood:].mean(axis=1)
    scores = 2 * cosine - r_target[:, None] - r_source[None, :]
    expected = np.argsort(-scores, axis=1)[:, :5]
    np.testing.assert_array_equal(neighbours(X, Y, 5, "csls", S, neighbourhood), expected)


def test_csls_does_not_choose_a_hub():
    X = np.array([[1.0, 0.2], [1.0, -0.2]])
    Y = np.array([[1.0, 0.0], [1.0, 0.45], [1.0, -0.45]])  # row 0 is near to both queries
    assert neighbours(X, Y, 1, "nearest").ravel().tolist() == [0, 0]
    assert neighbours(X, Y, 1, "csls", X, neighbourhood=2).ravel().tolist() == [1, 2]


@pytest.mark.parametrize("method", ["nearest", "csls"])
def test_chunks_change_nothing(method, monkeypatch):
    X, Y, S = planted(1)
    whole = neighbours(X, Y, 4, method, S)
    monkeypatch.setattr(retrieval, "_CHUNK_SCORES", 60)  # two queries at a time
    np.testing.assert_array_equal(neighbours(X, Y, 4, method, S), whole)


def test_an_unknown_method_is_refused():
    X, Y, _ = planted(0)
    with pytest.raises(InputError, match=r"method=isf: not a choice; allowed: nearest, csls"):
        neighbours(X, Y, 1, "isf")
    with pytest.raises(ValueError, match="needed by csls"):
        neighbours(X, Y, 1, "csls")
