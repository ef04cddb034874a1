import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment.methods import induction
from ipml.alignment.methods.induction import induce, mutual, union
from ipml.statistics.angles import unit_vectors


def tables(seed, n=70, m=50, e=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, e)), rng.normal(size=(m, e))


def csls_scores(X, Y, k):
    cosine = unit_vectors(X) @ unit_vectors(Y).T
    of_source = np.sort(cosine, axis=1)[:, -k:].mean(axis=1)
    of_target = np.sort(cosine, axis=0)[-k:].mean(axis=0)
    return 2 * cosine - of_source[:, None] - of_target, cosine


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.sampled_from([1, 4, 10, 100]), st.sampled_from([60, 700, 2**20]))
def test_both_directions_are_csls_by_brute_force(seed, neighbourhood, chunk):
    X, Y = tables(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(induction, "_CHUNK_SCORES", chunk)
        found = induce(X, Y, neighbourhood)
    scores, cosine = csls_scores(X, Y, neighbourhood)
    np.testing.assert_array_equal(found.forward, scores.argmax(axis=1))
    np.testing.assert_array_equal(found.backward, scores.argmax(axis=0))
    nearest = (cosine.max(axis=1).mean() + cosine.max(axis=0).mean()) / 2
    assert found.similarity == pytest.approx(nearest, abs=1e-5)


@pytest.mark.parametrize("k", [2, 7])
def test_the_best_of_blocks_are_the_best_of_all(k):
    X, Y = tables(1, 40, 1003)
    products = induction.unit_rows(X) @ induction.unit_rows(Y).T
    for scores in (products, products.T.contiguous().T):
        values, places = induction._top(scores, k)
        np.testing.assert_array_equal(places, np.argsort(-scores.numpy(), axis=1)[:, :k])
        np.testing.assert_array_equal(values, scores.gather(1, places))


def test_dropped_candidates_leave_the_best_with_the_probability_to_be_kept():
    X, Y = tables(2, 2000, 400)
    whole = induce(X, Y, 10)
    kept = induce(X, Y, 10, 0.3, np.random.default_rng(0))
    again = induce(X, Y, 10, 0.3, np.random.default_rng(0))
    assert (kept.forward == whole.forward).mean() == pytest.approx(0.3, abs=0.04)
    second = np.argsort(-csls_scores(X, Y, 10)[0], axis=1)[:, 1]
    assert (kept.forward == second).mean() == pytest.approx(0.3 * 0.7, abs=0.04)
    assert (kept.forward < 0).mean() < 0.01
    np.testing.assert_array_equal(kept.forward, again.forward)
    with pytest.raises(ValueError, match="generator"):
        induce(X, Y, 10, 0.3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.sampled_from([1.0, 0.2]))
def test_no_induced_pair_has_a_held_out_source_word(seed, keep):
    X, Y = tables(seed)
    rng = np.random.default_rng(seed)
    held_out = rng.random(len(X)) < 0.5
    found = induce(X, Y, 5, keep, rng)
    pairs = union(found, held_out)
    assert not held_out[pairs[:, 0]].any()
    nothing = np.zeros(len(X), dtype=bool)
    every = union(found, nothing)
    assert held_out[every[:, 0]].any()  # so that they were there to be left out
    np.testing.assert_array_equal(pairs, every[~held_out[every[:, 0]]])
    assert not held_out[mutual(found, held_out)[:, 0]].any()


def test_mutual_pairs_are_those_found_both_ways():
    X, Y = tables(3)
    found = induce(X, Y, 5)
    nothing = np.zeros(len(X), dtype=bool)
    rows, times = np.unique(union(found, nothing), axis=0, return_counts=True)
    both = mutual(found, nothing)
    np.testing.assert_array_equal(both, rows[times == 2])
    assert 0 < len(both) < len(Y)
