import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.estimates.plug_in import (
    angle_degrees,
    cell_means,
    conversion_angle,
    degrees_of_squared_chord,
    industry_cells,
    plug_in_angles,
    squared_chord,
    technology_mix_angle,
    unit,
)
from ipml.linear_map.solvers import random_orthogonal

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


@given(st.integers(0, 2**16), st.integers(2, 6), st.floats(1e-3, 1e3))
def test_turning_both_spaces_changes_no_plug_in_angle(seed: int, d: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    P, T, A = rng.normal(size=(12, d)), rng.normal(size=(12, d)), rng.normal(size=(d, d))
    cells = [np.arange(12), np.arange(5)]
    of_products, of_technology = random_orthogonal(d, d, seed), random_orthogonal(d, d, seed + 1)
    turned = factor * of_products @ A @ of_technology.T
    found = plug_in_angles(P @ of_products.T, T @ of_technology.T, turned, cells)
    assert found == pytest.approx(plug_in_angles(P, T, A, cells), abs=1e-7)


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
    assert angle_degrees(rng.normal(size=(2, 4, 7)), rng.normal(size=(4, 7))).shape == (2, 4)


def test_a_zero_vector_has_no_angle() -> None:
    with pytest.raises(ValueError, match="zero vector"):
        unit(np.zeros((2, 3)))


@given(DEGREES)
def test_squared_chord_and_back(degrees: float) -> None:
    chord = squared_chord(degrees)
    assert chord == pytest.approx(2 - 2 * np.cos(np.radians(degrees)), abs=1e-12)
    assert degrees_of_squared_chord(chord) == pytest.approx(degrees, abs=1e-6)


def test_squared_chord_is_the_squared_distance_of_unit_vectors() -> None:
    assert squared_chord(50.0) == pytest.approx(np.square(at_angle(0) - at_angle(50)).sum())


def test_squared_chords_out_of_range_are_cut() -> None:
    assert degrees_of_squared_chord([-0.3, 4.7]).tolist() == [0.0, 180.0]


def test_industries_with_few_or_unknown_firms_are_no_cells() -> None:
    cells = industry_cells(["b", "a", None, "b", "a", "c", float("nan"), "b"], 2)
    assert {name: rows.tolist() for name, rows in cells.items()} == {"a": [1, 4], "b": [0, 3, 7]}


def test_cell_means() -> None:
    vectors = np.arange(8.0).reshape(4, 2)
    means = cell_means(vectors, [np.array([0, 1]), np.array([3])])
    assert means.tolist() == [[1.0, 2.0], [6.0, 7.0]]


def test_plug_in_angles_of_a_rotated_conversion() -> None:
    """Products lie exactly on A T; through an A turned by 30 degrees in their plane the angle is 30."""
    rng = np.random.default_rng(1)
    T = np.column_stack([rng.normal(2, 0.3, size=20), rng.normal(1, 0.3, size=20)])
    turn = np.radians(30)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    cells = [np.arange(20), np.arange(7), np.arange(7, 20)]
    assert plug_in_angles(T, T, np.eye(2), cells) == pytest.approx([0, 0, 0], abs=1e-6)
    assert plug_in_angles(T, T, rotation, cells) == pytest.approx([30, 30, 30])


def test_parts_of_a_difference() -> None:
    first, second = np.tile(at_angle(0), (3, 1)), np.tile(at_angle(40), (5, 1))
    turned = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert technology_mix_angle(first, second) == pytest.approx(40)
    assert conversion_angle(np.eye(3), np.eye(3), first, second) == pytest.approx(0)
    assert conversion_angle(np.eye(3), turned, first, second) == pytest.approx(90)
