import numpy as np
import pandas as pd
import pytest

from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.evaluation.specifications.choices import one_a_specification, varied_choices
from ipml.evaluation.specifications.stage import collect_curve, pair_name
from ipml.report.specifications import curve_figure
from ipml.tracking import Workspace

CHOICES = ("solver", "centre", "keywords")


def evaluation(debiased: float, solver="RidgeMap", centre="none", keywords="mass 1", plug_in=20.0):
    return {
        "solver": solver, "centre": centre, "keywords": keywords, "plug_in": plug_in,
        "debiased": debiased, "low": debiased - 2, "high": debiased + 3,
    }  # fmt: skip


def test_specifications_are_sorted_and_say_what_was_varied() -> None:
    rows = [
        evaluation(12.0),
        evaluation(9.0, centre="words"),
        evaluation(15.0, centre="words", keywords="mass 0.5"),
    ]
    table = one_a_specification(rows, CHOICES)
    assert table["varied"].tolist() == ["centre: words", "base", "centre: words; keywords: mass 0.5"]
    assert table["debiased"].tolist() == [9.0, 12.0, 15.0]
    assert varied_choices(table, CHOICES) == ["centre", "keywords"]


def test_the_newest_of_equal_specifications_counts() -> None:
    table = one_a_specification(
        [evaluation(12.0), evaluation(9.0, centre="words"), evaluation(13.0)], CHOICES
    )
    assert table[["varied", "debiased"]].to_numpy().tolist() == [["centre: words", 9.0], ["base", 13.0]]


def test_another_solver_has_no_debiased_angle_and_comes_last() -> None:
    rows = [evaluation(12.0), evaluation(12.0, solver="orthogonal", plug_in=8.0)]
    table = one_a_specification(rows, CHOICES)
    assert table["varied"].tolist() == ["base", "solver: orthogonal"]
    assert np.isnan(table.loc[1, ["debiased", "low", "high"]].astype(float)).all()
    assert table.loc[1, "plug_in"] == 8.0


def test_the_figure_has_a_column_a_specification_and_a_row_a_choice() -> None:
    rows = [evaluation(12.0), evaluation(9.0, centre="words"), evaluation(12.0, solver="orthogonal")]
    table = one_a_specification(rows, CHOICES)
    figure = curve_figure(table, CHOICES, "a pair", 0.95)
    angles, matrix = figure.axes
    labels = [text.get_text() for text in matrix.get_yticklabels()]
    assert labels == ["solver: RidgeMap", "solver: orthogonal", "centre: words", "centre: none"]
    assert [len(marks.get_offsets()) for marks in matrix.collections] == [3, 3, 3, 3]
    assert len(angles.containers[0].lines[0].get_xdata()) == 2  # without a debiased angle no interval


def test_the_base_alone_can_be_drawn() -> None:
    figure = curve_figure(one_a_specification([evaluation(12.0)], CHOICES), CHOICES, "a pair", 0.95)
    assert [text.get_text() for text in figure.axes[1].get_yticklabels()] == []


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (("US", "established"), ("JP", "established"), "JP-US established"),
        (("JP", "established"), ("JP", "high_growth"), "JP high_growth-established"),
    ],
)
def test_a_pair_has_the_name_that_evaluation_gives_it(first, second, name) -> None:
    assert pair_name(first, second) == pair_name(second, first) == name


def test_groups_that_differ_in_both_are_refused() -> None:
    with pytest.raises(InputError, match=r"differ in country or in firm type, not in both"):
        pair_name(("US", "established"), ("JP", "high_growth"))


def test_without_an_evaluation_of_the_pair_it_says_so(home) -> None:
    settings = compose_settings("specification_curve", ["pair=[JP-established,US-established]"])
    with pytest.raises(InputError, match=r"no finished evaluation of JP-US established"):
        collect_curve(settings, Workspace(settings))
    with pytest.raises(InputError, match=r"level=cells: .*allowed: group, industry_mean"):
        compose_settings("specification_curve", ["pair=[JP-established,US-established]", "level=cells"])


def test_evaluations_that_cannot_be_read_are_counted_where_there_is_no_other(home) -> None:
    settings = compose_settings("specification_curve", ["pair=[JP-established,US-established]"])
    with Workspace(settings).start_run("evaluate", "evaluate"):
        pass
    with pytest.raises(InputError, match=r"no finished evaluation of JP-US established .*; 1 lack a table"):
        collect_curve(settings, Workspace(settings))


def test_the_table_keeps_what_it_is_given() -> None:
    rows = [evaluation(12.0) | {"run_id": "a"}, evaluation(9.0, centre="words") | {"run_id": "b"}]
    table = one_a_specification(rows, CHOICES)
    assert isinstance(table, pd.DataFrame)
    assert table["run_id"].tolist() == ["b", "a"]
