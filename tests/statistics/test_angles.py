import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import (
    angle_degrees,
    cosines,
    degrees_of_squared_chord,
    directions,
    known_angles,
    squared_chord,
    unit_vectors,
)

DEGREES = st.floats(0, 180)


def at_angle(degrees: float) -> np.ndarray:
    radians = np.radians(degrees)
    return np.array([np.cos(radians), np.sin(radians), 0.0])


@given(DEGREES)
def test_the_angle_of_two_vectors_at_a_known_angle(degrees: float) -> None:
    assert angle_degrees(3.0 * at_angle(0), 0.2 * at_angle(degrees)) == pytest.approx(degrees, abs=1e-10)


@given(st.integers(0, 2**16), st.integers(2, 9), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_turning_both_vectors_and_scaling_either_changes_no_angle(
    seed: int, d: int, first: float, second: float
) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, d))
    turn = random_orthogonal(d, d, seed)
    angle = angle_degrees(a, b)
    assert angle_degrees(turn @ a, turn @ b) == pytest.approx(angle, abs=1e-9)
    assert angle_degrees(first * a, second * b) == pytest.approx(angle, abs=1e-9)
    assert angle_degrees(b, a) == angle
    assert angle_degrees(a, -b) == pytest.approx(180 - angle, abs=1e-9)


def test_small_angles_keep_their_digits() -> None:
    tiny = np.degrees(1e-9)
    assert angle_degrees([1.0, 0.0], [1.0, 1e-9]) == pytest.approx(tiny, rel=1e-6)
    assert angle_degrees([1.0, 0.0], [-1.0, 1e-9]) == pytest.approx(180.0 - tiny, rel=1e-12)


def test_equal_and_opposite_vectors() -> None:
    vector = np.array([0.3, -0.2, 0.9])
    assert angle_degrees(vector, vector) == 0.0
    assert angle_degrees(vector, -vector) == 180.0


def test_angles_of_many_pairs_keep_the_leading_shape() -> None:
    rng = np.random.default_rng(0)
    assert angle_degrees(rng.normal(size=(2, 4, 7)), rng.normal(size=(2, 4, 7))).shape == (2, 4)
    with pytest.raises(ValueError, match=r"b: shape \(4, 7\); needed: \(\.\.\., d\)"):
        angle_degrees(rng.normal(size=(2, 4, 7)), rng.normal(size=(4, 7)))


def test_a_zero_vector_has_no_angle() -> None:
    with pytest.raises(ValueError, match="zero vector"):
        directions(np.zeros((2, 3)))


@given(DEGREES)
def test_squared_chord_and_back(degrees: float) -> None:
    chord = squared_chord(degrees)
    assert chord == pytest.approx(2 - 2 * np.cos(np.radians(degrees)), abs=1e-12)
    assert degrees_of_squared_chord(chord) == pytest.approx(degrees, abs=1e-6)


def test_squared_chord_is_the_squared_distance_of_unit_vectors() -> None:
    assert squared_chord(50.0) == pytest.approx(np.square(at_angle(0) - at_angle(50)).sum())


def test_squared_chords_out_of_range_are_cut() -> None:
    assert degrees_of_squared_chord([-0.3, 4.7]).tolist() == [0.0, 180.0]


def test_cosines_by_hand():
    X = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    Y = np.array([[5.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_allclose(cosines(X, Y), [1.0, np.sqrt(0.5), -1.0, 0.0])


@given(st.integers(0, 2**16), st.floats(0.01, 100))
def test_a_cosine_does_not_change_with_length(seed, factor):
    X, Y = np.random.default_rng(seed).normal(size=(2, 5, 3))
    np.testing.assert_allclose(cosines(factor * X, Y), cosines(X, Y), atol=1e-12)


def test_unit_vectors_have_length_one_and_zeros_stay() -> None:
    found = unit_vectors([[3.0, 4.0], [0.0, 0.0]])
    assert found.tolist() == [[0.6, 0.8], [0.0, 0.0]]
    np.testing.assert_array_equal(directions([3.0, 4.0]), found[0])


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_a_row_without_a_direction_has_no_angle_and_leaves_the_others(missing: float) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 4, 3))
    a[1], b[2] = missing, missing
    found = known_angles(a, b)
    assert np.isnan(found).tolist() == [False, True, True, False]
    np.testing.assert_array_equal(found[[0, 3]], angle_degrees(a[[0, 3]], b[[0, 3]]))
