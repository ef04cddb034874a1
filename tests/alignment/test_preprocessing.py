import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.preprocessing import check_steps, mean_vector, prepare, unit_length
from ipml.errors import InputError

X = np.random.default_rng(0).normal(loc=1.0, size=(40, 5))


def test_steps_are_done_in_their_order():
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    centred = unit - unit.mean(axis=0)
    steps = ["unit", "centre", "unit"]
    np.testing.assert_allclose(mean_vector(X, steps), unit.mean(axis=0))
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare(X, steps, mean_vector(X, steps)), expected)


def test_centring_first_takes_the_mean_of_the_vectors_as_they_are():
    centred = X - X.mean(axis=0)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare(X, ["centre", "unit"], mean_vector(X, ["centre", "unit"])), expected)
    np.testing.assert_allclose(prepare(X, ["centre"], mean_vector(X, ["centre"])), centred)


def test_without_centring_the_mean_is_zero():
    np.testing.assert_array_equal(mean_vector(X, ["unit"]), np.zeros(5))
    np.testing.assert_array_equal(prepare(X, [], mean_vector(X, [])), X)
    np.testing.assert_allclose(prepare(X, ["unit"], np.zeros(5)), unit_length(X))


@given(st.integers(0, 2**16), st.floats(0.01, 100))
def test_unit_length_is_one_whatever_the_length_was(seed, factor):
    rows = np.random.default_rng(seed).normal(size=(4, 3))
    np.testing.assert_allclose(np.linalg.norm(unit_length(factor * rows), axis=1), 1)
    np.testing.assert_allclose(unit_length(factor * rows), unit_length(rows))


def test_a_row_of_zeros_stays():
    np.testing.assert_array_equal(unit_length(np.zeros((1, 3))), np.zeros((1, 3)))


def test_unknown_and_repeated_steps_are_refused():
    check_steps(["unit", "centre", "unit"])
    with pytest.raises(InputError, match=r"model\.steps=whiten: not a choice; allowed: unit, centre"):
        check_steps(["unit", "whiten"])
    with pytest.raises(InputError, match="centre may stand once"):
        check_steps(["centre", "unit", "centre"])
