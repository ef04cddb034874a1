from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipml.evaluation.pairs import Group, Pair, list_pairs
from ipml.evaluation.results import COLUMNS, Row, as_table
from ipml.evaluation.rows.angles import angle_rows
from ipml.evaluation.rows.parts import part_rows
from ipml.evaluation.rows.planted import planted_rows
from ipml.evaluation.rows.published import PublishedAccuracies, PublishedAngles
from tests.evaluation.planted import planted_pair


def group(country: str, firm_type: str, seed: int = 0, industries: list[str | None] | None = None) -> Group:
    sample, _, _ = planted_pair(0.0, 40, 40, 5, np.random.default_rng(seed))
    names = industries or ["food", "steel"] * 20
    return Group(country, firm_type, sample, names, np.eye(5), f"mapping-{country}-{firm_type}/1")


def every_row(pair: Pair) -> list[Row]:
    return [*angle_rows(pair, 5, 0.95, simulated=True), *part_rows(pair, simulated=True)]


def only(**read: object) -> Any:
    """A context of which only this is read."""
    return SimpleNamespace(**read)


def test_pairs_differ_in_country_or_in_type_but_not_in_both() -> None:
    groups = [group("US", "established"), group("JP", "established"), group("JP", "high_growth")]
    assert [(pair.comparison, pair.name) for pair in list_pairs(groups)] == [
        ("countries", "JP-US established"),
        ("firm_types", "JP high_growth-established"),
    ]


def test_nine_groups_make_eighteen_pairs() -> None:
    groups = [
        group(country, firm_type)
        for country in ("CN", "US", "JP")
        for firm_type in ("multinational", "established", "high_growth")
    ]
    pairs = list_pairs(groups)
    assert [pair.comparison for pair in pairs] == ["countries"] * 9 + ["firm_types"] * 9
    assert {pair.name for pair in pairs} >= {"JP-CN established", "US high_growth-multinational"}


def test_directions_are_named_by_what_differs() -> None:
    pairs = list_pairs([group("US", "established"), group("JP", "established"), group("JP", "high_growth")])
    assert [pair.directions for pair in pairs] == [
        ("JP->US", "US->JP", "mean"),
        ("high_growth->established", "established->high_growth", "mean"),
    ]


def test_only_industries_with_enough_firms_in_both_groups_count() -> None:
    first = group("JP", "established", industries=["food"] * 30 + ["steel"] * 8 + [None] * 2)
    second = group("US", "established", industries=["food"] * 30 + ["steel"] * 3 + ["toys"] * 7)
    (pair,) = list_pairs([first, second])
    table = as_table(list(angle_rows(pair, 5, 0.95, simulated=False)))
    assert set(table["industry"].dropna()) == {"food"}
    mean = table[(table["level"] == "industry_mean") & (table["method"] == "plug_in")]
    assert mean["sd"].isna().all()  # one industry has no spread
    assert mean["n1"].tolist() == [30, 30, 30]


def test_without_a_shared_industry_only_the_groups_are_compared() -> None:
    first = group("JP", "established", industries=["food"] * 40)
    second = group("US", "established", industries=["steel"] * 40)
    (pair,) = list_pairs([first, second])
    assert {row.level for row in angle_rows(pair, 5, 0.95, simulated=False)} == {"group"}


def test_swapping_the_groups_swaps_the_directions() -> None:
    first, second = group("JP", "established"), group("US", "established", seed=1)
    (pair,) = list_pairs([first, second])
    swapped = type(pair)(pair.comparison, second, first)
    forward = {(r.what, r.direction, r.level, r.industry, r.method): r for r in every_row(pair)}
    backward = {(r.what, r.direction, r.level, r.industry, r.method): r for r in every_row(swapped)}
    assert forward.keys() == backward.keys()
    for key, row in forward.items():
        assert (row.value, row.low, row.high) == pytest.approx(
            (backward[key].value, backward[key].low, backward[key].high)
        )


def test_the_mean_over_industries_is_that_of_the_industries() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established", seed=1)])
    table = as_table(list(angle_rows(pair, 5, 0.95, simulated=True)))
    plug_in = table[(table["method"] == "plug_in") & (table["direction"] == "JP->US")].set_index("level")
    industries = plug_in.loc[["industry"], "value"]
    assert plug_in.loc["industry_mean", "value"] == pytest.approx(industries.mean())
    assert plug_in.loc["industry_mean", "sd"] == pytest.approx(industries.std())
    debiased = table[(table["method"] == "debiased") & (table["what"] == "angle")]
    assert (debiased["low"] <= debiased["value"]).all()
    assert (debiased["value"] <= debiased["high"]).all()


def test_parts_are_the_same_for_equal_groups() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established")])
    parts = {row.what: row for row in part_rows(pair, simulated=True)}
    assert parts["technology_mix"].value == pytest.approx(0)
    assert parts["conversion"].value == pytest.approx(0)
    assert parts["conversion"].direction is None


def test_a_table_has_every_column_and_integers_for_firms() -> None:
    table = as_table([Row("angle", "countries", "JP-US established", "published", 43.61)])
    assert list(table.columns) == COLUMNS
    assert table["n1"].dtype == "Int64"
    assert table["low"].isna().all()


def test_planted_angles_are_averaged_over_the_industries_compared() -> None:
    (pair,) = list_pairs([group("JP", "established"), group("US", "established", seed=1)])
    true = pd.DataFrame(
        [
            ("JP", "established", "US", "established", "all", 20.0, 22.0, 21.0),
            ("JP", "established", "US", "established", "food", 10.0, 14.0, 12.0),
            ("JP", "established", "US", "established", "steel", 30.0, 34.0, 32.0),
            ("JP", "established", "US", "established", "toys", 90.0, 90.0, 90.0),
            ("US", "established", "JP", "established", "all", 22.0, 20.0, 21.0),
        ],
        columns=[
            *("country_1", "firm_type_1", "country_2", "firm_type_2"),
            *("industry", "forward", "backward", "mean"),
        ],
    )
    rows = list(planted_rows(true, pair, 5))
    estimated = [
        row for row in angle_rows(pair, 5, 0.95, True) if (row.what, row.method) == ("angle", "plug_in")
    ]
    places = [(row.direction, row.level, row.industry, row.n1, row.n2) for row in estimated]
    assert [(row.direction, row.level, row.industry, row.n1, row.n2) for row in rows] == places
    found = {(row.direction, row.level, row.industry): row.value for row in rows}
    assert len(rows) == 12
    assert found["JP->US", "group", None] == 20.0
    assert found["US->JP", "industry", "food"] == 14.0
    assert found["JP->US", "industry_mean", None] == 20.0
    assert found["mean", "industry_mean", None] == 22.0
    assert all(row.method == "planted" and row.sd is None for row in rows)


def test_published_rows_exist_only_for_published_groups() -> None:
    groups = [group("JP", "established"), group("US", "established"), group("US", "multinational")]
    rows = PublishedAngles().rows(only(pairs=list_pairs(groups)))
    assert [row.value for row in rows] == [43.61]
    known, unknown = group("JP", "high_growth"), group("DE", "high_growth")
    assert [row.n1 for row in PublishedAccuracies().rows(only(groups=[known, unknown]))] == [30]
