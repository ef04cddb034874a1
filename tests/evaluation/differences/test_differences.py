import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from ipml.evaluation.differences.decomposition import (
    cross_validated_matrix,
    null_sizes,
    spread_root,
    take_apart,
)
from ipml.evaluation.differences.names import (
    DifferenceRow,
    as_table,
    class_means,
    extreme_rows,
    size_rows,
    word_rows,
)
from ipml.evaluation.estimates.sample import Sample
from ipml.report.differences import name_tables, size_table
from ipml.statistics.ridge_strength import choose_strength

D, N = 12, 200
ROW = DifferenceRow("JP established - US established", 0, "", 0.0, "", simulated=True)


def planted(size: float, seed: int) -> tuple[Sample, Sample, np.ndarray, np.ndarray]:
    """Two groups that convert alike but for ``size`` times u bᵀ."""
    rng = np.random.default_rng(seed)
    spread = np.linspace(1.0, 0.3, D)
    A = np.linalg.qr(rng.normal(size=(D, D)))[0]
    u, b = (v / np.linalg.norm(v) for v in rng.normal(size=(2, D)))
    samples = []
    for matrix in (A + size * np.outer(u, b), A):
        T = 1.0 + rng.normal(size=(N, D)) * spread
        P = T @ matrix.T + 0.3 * rng.normal(size=(N, D))
        samples.append(Sample(P, T, np.arange(N) % 3 > 0, choose_strength(T, P).value))
    return *samples, u, b


def parts_of(first: Sample, second: Sample):
    difference = cross_validated_matrix(first) - cross_validated_matrix(second)
    return take_apart(difference, first.technology_vectors, second.technology_vectors)


def test_the_parts_add_up_to_the_difference_of_every_firm() -> None:
    first, second, _, _ = planted(0.5, 1)
    difference = cross_validated_matrix(first) - cross_validated_matrix(second)
    T1, T2 = first.technology_vectors, second.technology_vectors[:5]  # a group that alone spans little
    found = take_apart(difference, T1, T2)
    again = found.coordinates(T1) * found.sizes @ found.products
    np.testing.assert_allclose(again, (T1 - found.middle) @ difference.T, atol=1e-10)
    np.testing.assert_allclose(
        found.technologies @ difference.T, found.sizes[:, None] * found.products, atol=1e-10
    )


def test_coordinates_have_variance_one_and_are_uncorrelated_over_the_pooled_firms() -> None:
    first, second, _, _ = planted(0.5, 2)
    found = parts_of(first, second)
    covariance = sum(
        np.cov(found.coordinates(s.technology_vectors), rowvar=False, bias=True) for s in (first, second)
    )
    np.testing.assert_allclose(covariance / 2, np.eye(len(found.sizes)), atol=1e-8)


def test_the_root_stays_on_the_span_of_few_firms() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(4, D)), rng.normal(size=(5, D))
    root = spread_root(first, second)
    assert root.shape == (D, 3 + 4)
    expected = (np.cov(first, rowvar=False, bias=True) + np.cov(second, rowvar=False, bias=True)) / 2
    np.testing.assert_allclose(root @ root.T, expected, atol=1e-12)


def test_a_planted_direction_comes_first_and_its_firms_are_at_its_ends() -> None:
    first, second, u, b = planted(1.0, 4)
    found = parts_of(first, second)
    assert abs(found.products[0] @ u) > 0.95
    assert found.shares[0] > 3 * found.shares[1]
    planted_values = (first.technology_vectors - found.middle) @ b
    assert abs(np.corrcoef(found.coordinates(first.technology_vectors)[:, 0], planted_values)[0, 1]) > 0.97


def test_the_planted_words_name_it() -> None:
    first, second, _, b = planted(1.0, 5)
    matrices = cross_validated_matrix(first), cross_validated_matrix(second)
    found = parts_of(first, second)
    covariance = spread_root(first.technology_vectors, second.technology_vectors)
    technology = covariance @ covariance.T @ b
    sign = np.sign(found.technologies[0] @ technology)
    planted_words = [technology * sign, -technology * sign, matrices[0] @ technology * sign]
    vectors = np.vstack([planted_words, np.random.default_rng(0).normal(size=(50, D))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = ["end", "other", "made", *(f"any{i}" for i in range(50))]
    frame = as_table(list(word_rows(found, matrices, words, vectors, (1, 1), ROW)))
    assert frame["side"].tolist() == ["+", "-", "first", "second"]
    assert frame["name"].tolist()[:3] == ["end", "other", "made"]
    assert frame["value"].between(0, 1).all()


def test_noise_alone_is_told_from_a_planted_difference() -> None:
    p_values = {}
    for size in (0.0, 1.0):
        first, second, _, _ = planted(size, 6)
        null = null_sizes(first, second, 99, seed=0)
        frame = as_table(list(size_rows(parts_of(first, second), null, 1, ROW)))
        p_values[size] = frame["p_value"].iloc[0]
    assert p_values[0.0] > 0.05
    assert p_values[1.0] == pytest.approx(0.01)


def test_a_null_draw_is_the_difference_of_two_refits() -> None:
    """With residuals of 0 every sign gives the same: what the penalties leave of one and the same matrix."""
    first, second, _, _ = planted(0.0, 7)
    A = np.random.default_rng(8).normal(size=(D, D))
    exact = [
        Sample(s.technology_vectors @ A.T, s.technology_vectors, s.fitted, 1e-9) for s in (first, second)
    ]
    np.testing.assert_allclose(null_sizes(*exact, 3, seed=0), 0.0, atol=1e-6)
    noisy = null_sizes(first, second, 4, seed=0)
    assert noisy.shape == (4, D)
    assert np.unique(noisy[:, 0]).size == 4
    np.testing.assert_array_equal(noisy, null_sizes(first, second, 4, seed=0))


def test_classes_are_means_over_at_least_five_patents() -> None:
    ipc = ["H01L 21/00"] * 5 + ["G06F 3/01"] * 4 + [None, ""]
    coordinates = np.arange(11.0)[:, None]
    frame, means = class_means(ipc, coordinates)
    assert frame.to_dict("records") == [{"name": "H01L", "n": 5}]
    np.testing.assert_array_equal(means, [[2.0]])


def test_both_ends_are_listed_the_furthest_first() -> None:
    firms = pd.DataFrame({"name": list("abcd"), "country": ["JP", "US", "JP", "US"]})
    rows = list(extreme_rows(firms, np.array([[1.0], [-3.0], [2.0], [0.0]]), (1, 2), ROW))
    assert [(row.side, row.rank, row.name, row.value) for row in rows] == [
        ("+", 1, "c", 2.0), ("+", 2, "a", 1.0), ("-", 1, "b", -3.0), ("-", 2, "d", 0.0),
    ]  # fmt: skip


def test_hostile_names_are_printed_without_markup_and_control_characters() -> None:
    firms = pd.DataFrame({"name": ["[red]x[/red]\x1b[2J\u202e"], "country": ["JP"]})
    rows = [
        DifferenceRow(**{**vars(row), "what": "firm"})
        for row in extreme_rows(firms, np.ones((1, 1)), (1, 1), ROW)
    ]
    output = io.StringIO()
    console = Console(file=output, width=140, force_terminal=True, color_system=None)
    for table in name_tables(as_table(rows), ("JP established", "US established"), " (simulated)"):
        console.print(table)
    text = output.getvalue()
    assert "[red]x[/red][U+001B]" in text
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "Part 1 (simulated)" in text


def test_sizes_stand_beside_those_of_noise() -> None:
    first, second, _, _ = planted(1.0, 9)
    frame = as_table(list(size_rows(parts_of(first, second), null_sizes(first, second, 19, 0), 2, ROW)))
    assert frame["part"].tolist() == [1, 2]
    assert (frame["null_value"] > 0).all()
    output = io.StringIO()
    Console(file=output, width=100).print(size_table(frame, "sizes"))
    assert f"{frame['share'].iloc[0]:.1%}" in output.getvalue()
