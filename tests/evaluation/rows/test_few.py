"""Rows that would live on too little are not given, and the reason is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.evaluation.estimates.sample import MIN_CLUSTERS
from ipml.evaluation.pairs import Pair, list_pairs
from ipml.evaluation.results import LEFT_OUT_COLUMNS, LeftOut, left_out_notes, left_out_table
from ipml.evaluation.rows.angles import Angles, angle_rows, few_clusters
from ipml.evaluation.rows.bootstrap import Bootstrap
from ipml.evaluation.rows.parts import MIN_FITTED, few_fitted, part_rows
from tests.evaluation.rows.test_angles import group


def pair_of(first: list[str | None], second: list[str | None]) -> Pair:
    """Two groups of 40 firms with these clusters."""
    groups = [group("JP", "established"), group("US", "established", seed=1)]
    clustered = [replace(one, clusters=names) for one, names in zip(groups, (first, second), strict=True)]
    (pair,) = list_pairs(clustered)
    return pair


def spread_over(n: int) -> list[str | None]:
    return [f"industry {number % n}" for number in range(40)]


def methods(pair: Pair) -> set[str]:
    return {row.method for row in angle_rows(pair, 5, 0.95, simulated=True)}


@pytest.mark.parametrize(
    ("first", "second", "fewest"),
    [
        (spread_over(1), spread_over(1), "1 effective clusters in JP established"),
        (spread_over(8), spread_over(3), "2.9 effective clusters in US established"),
        (["one"] * 34 + list("abcdef"), spread_over(8), "1.3 effective clusters in JP established"),
    ],
)
def test_few_clusters_are_left_out_with_their_number(first: Any, second: Any, fewest: str) -> None:
    pair = pair_of(first, second)
    assert methods(pair) == {"plug_in", "debiased"}
    (reason,) = few_clusters(pair)
    assert reason.reason == f"{fewest}; at least 4 are needed"
    assert (reason.method, reason.group, reason.least) == ("clustered", "JP-US established", MIN_CLUSTERS)


@pytest.mark.parametrize("clusters", [spread_over(4), [None] * 40, ["one"] * 4 + [None] * 36])
def test_enough_clusters_have_their_rows_and_firms_of_none_are_clusters_of_their_own(clusters: Any) -> None:
    pair = pair_of(clusters, clusters)
    assert few_clusters(pair) == []
    assert methods(pair) == {"plug_in", "debiased", "clustered"}


def test_groups_without_clusters_lack_nothing() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established")])
    assert few_clusters(pair) == []


def test_the_evaluator_hands_the_reason_on() -> None:
    context: Any = SimpleNamespace(
        pairs=[pair_of(spread_over(1), spread_over(2))], min_industry_firms=5, confidence=0.95, simulated=True,
        aligned_words=SimpleNamespace(of=lambda pair: None), left_out=[],
    )  # fmt: skip
    assert "clustered" not in {row.method for row in Angles().rows(context)}
    assert [one.n for one in context.left_out] == [1.0]


def test_an_overlap_needs_firms_for_its_quantile() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established", seed=1)])
    assert [row.what for row in part_rows(pair, True)].count("overlap") == 2
    few = np.arange(40) < MIN_FITTED - 1
    second = replace(pair.second, sample=replace(pair.second.sample, fitted=few))
    pair = replace(pair, second=second)
    assert [row.what for row in part_rows(pair, True)] == ["technology_mix", "conversion"]
    (reason,) = few_fitted(pair)
    assert reason.reason == "19 fitted firms of US established; at least 20 are needed"


def test_an_sd_needs_refits() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established", seed=1)])
    context: Any = SimpleNamespace(pairs=[pair], min_industry_firms=5, seed=0, simulated=True, left_out=[])
    assert {row.sd for row in Bootstrap(2).rows(context)} == {None}
    assert [one.reason for one in context.left_out] == ["2 refits (bootstrap); at least 20 are needed"]


@pytest.mark.parametrize("key", ["min_firms", "min_industry_firms"])
def test_intervals_of_fewer_than_five_firms_cannot_be_asked_for(key: str) -> None:
    with pytest.raises(InputError, match=f"{key}=4: at least 5 is needed"):
        compose_settings("evaluate", [f"{key}=4"])


def test_reasons_are_a_table_and_a_line_for_each() -> None:
    reasons = [LeftOut("angle", "clustered", name, 1.0, 4, "effective clusters") for name in ("a", "b")]
    reasons.append(LeftOut("overlap", "leverage", "a", 3, 20, "firms"))
    table = left_out_table(reasons)
    assert list(table.columns) == LEFT_OUT_COLUMNS
    assert table["reason"].iloc[0] == "1 effective clusters; at least 4 are needed"
    assert left_out_notes(reasons) == [
        "left out: clustered of a, b: 1 effective clusters; at least 4 are needed",
        "left out: overlap (leverage) of a: 3 firms; at least 20 are needed",
    ]
    assert left_out_table([]).empty
    assert isinstance(left_out_table([]), pd.DataFrame)


def test_effective_clusters_are_those_of_equal_size() -> None:
    pair = pair_of(["one"] * 20 + ["two"] * 10 + ["three"] * 10, spread_over(5))
    found = [one.clustered.effective_clusters for one in pair.groups if one.clustered]
    np.testing.assert_allclose(found, [40**2 / (400 + 100 + 100), 5])
