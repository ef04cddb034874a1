import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.estimates.plug_in import (
    cell_means,
    conversion_angle,
    industry_cells,
    plug_in_angles,
    technology_mix_angle,
)
from ipml.linear_map.solvers import random_orthogonal


def at_angle(degrees: float) -> np.ndarray:
    radians = np.radians(degrees)
    return np.array([np.cos(radians), np.sin(radians), 0.0])


@given(st.integers(0, 2**16), st.integers(2, 6), st.floats(1e-3, 1e3))
def test_turning_both_spaces_changes_no_plug_in_angle(seed: int, d: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    P, T, A = rng.normal(size=(12, d)), rng.normal(size=(12, d)), rng.normal(size=(d, d))
    cells = [np.arange(12), np.arange(5)]
    of_products, of_technology = random_orthogonal(d, d, seed), random_orthogonal(d, d, seed + 1)
    turned = factor * of_products @ A @ of_technology.T
    found = plug_in_angles(P @ of_products.T, T @ of_technology.T, turned, cells)
    assert found == pytest.approx(plug_in_angles(P, T, A, cells), abs=1e-7)


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
