import numpy as np
import pytest

from ipml.evaluation.pairs import Group, list_pairs
from ipml.evaluation.rows.bootstrap import bootstrap_rows
from tests.evaluation.planted import planted_pair


def test_the_corrected_angle_is_nearer_to_the_planted_zero_than_the_plug_in_one() -> None:
    first, second, _ = planted_pair(0.0, 200, 200, 10, np.random.default_rng(1))
    groups = [
        Group(country, "established", sample, ["food", "steel"] * 100, np.eye(10), f"mapping-{country}/1")
        for country, sample in (("JP", first), ("US", second))
    ]
    rows = list(bootstrap_rows(list_pairs(groups), 5, 60, 0, simulated=True))
    found = {(row.level, row.direction): row for row in rows}
    assert set(found) == {
        (level, direction)
        for level in ("group", "industry_mean")
        for direction in ("JP->US", "US->JP", "mean")
    }
    means = [found["group", direction].value for direction in ("JP->US", "US->JP", "mean")]
    assert means[2] <= max(means[:2])
    assert all(row.simulated and row.method == "bootstrap" and row.low is None for row in rows)
    assert all(0 < float(row.sd or 0) < 5 for row in rows)
    assert found["group", "mean"].value < 4
    again = list(bootstrap_rows(list_pairs(groups), 5, 60, 0, simulated=True))
    assert [row.value for row in again] == pytest.approx([row.value for row in rows])


def test_without_a_shared_industry_there_is_no_mean_over_industries() -> None:
    first, second, _ = planted_pair(0.0, 40, 40, 5, np.random.default_rng(1))
    groups = [
        Group(country, "established", sample, [industry] * 40, np.eye(5), "")
        for country, sample, industry in (("JP", first, "food"), ("US", second, "steel"))
    ]
    assert {row.level for row in bootstrap_rows(list_pairs(groups), 5, 10, 0, True)} == {"group"}
