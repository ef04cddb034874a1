import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.affine import check_steps, prepare, step_means
from ipml.errors import InputError
from ipml.statistics.angles import unit_vectors

X = np.random.default_rng(0).normal(loc=1.0, size=(40, 5))


def test_steps_are_done_in_their_order():
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    steps = ["unit", "centre", "unit"]
    np.testing.assert_allclose(step_means(X, steps), [unit.mean(axis=0)])
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare(X, steps, step_means(X, steps)), expected)


def test_centring_first_takes_the_mean_of_the_vectors_as_they_are():
    centred = X - X.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare(X, ["centre", "unit"], step_means(X, ["centre", "unit"])), expected)
    np.testing.assert_allclose(prepare(X, ["centre"], step_means(X, ["centre"])), centred)


def test_without_centring_there_is_no_mean():
    assert step_means(X, ["unit"]).shape == (0, 5)
    np.testing.assert_array_equal(prepare(X, [], step_means(X, [])), X)
    np.testing.assert_allclose(prepare(X, ["unit"], np.zeros((0, 5))), unit_vectors(X))


def test_repeated_steps_bring_length_one_and_mean_zero_together():
    steps = ["unit", "centre"] * 5 + ["unit"]
    means = step_means(X, steps)
    assert means.shape == (5, 5)
    once, often = (prepare(X, s, step_means(X, s)) for s in (["unit", "centre", "unit"], steps))
    assert np.linalg.norm(often.mean(axis=0)) < 0.1 * np.linalg.norm(once.mean(axis=0))
    np.testing.assert_allclose(np.linalg.norm(often, axis=1), 1)
    np.testing.assert_allclose(
        prepare(X[3:5], steps, means), often[3:5]
    )  # a word alone, with the language's means


@given(st.integers(0, 2**16), st.floats(0.01, 100))
def test_unit_length_is_one_whatever_the_length_was(seed, factor):
    rows = np.random.default_rng(seed).normal(size=(4, 3))
    np.testing.assert_allclose(np.linalg.norm(unit_vectors(factor * rows), axis=1), 1)
    np.testing.assert_allclose(unit_vectors(factor * rows), unit_vectors(rows))


def test_a_row_of_zeros_stays():
    np.testing.assert_array_equal(unit_vectors(np.zeros((1, 3))), np.zeros((1, 3)))


def test_unknown_steps_are_refused():
    check_steps(["unit", "centre", "unit", "centre", "unit"])
    with pytest.raises(InputError, match=r"model\.steps=whiten: not a choice; allowed: unit, centre"):
        check_steps(["unit", "whiten"])
