import numpy as np
import pandas as pd
import pytest

from ipml.console import console
from ipml.faithfulness.curves import Curves
from ipml.faithfulness.display import curve_figure, figure_table
from ipml.faithfulness.rescoring import RANDOM
from ipml.faithfulness.results import estimate, result_rows
from ipml.statistics.intervals import resampling_weights

GRID = np.array([0, 0.2, 1])
WEIGHTS = resampling_weights(50, 400, seed=0)
FIRM = np.random.default_rng(1).random((50, 1)) / 10  # what a firm has of its own, whatever the order


def curves(drop: float) -> Curves:
    deletion = np.array([0.9, 0.9 - drop, 0.5]) + FIRM
    return Curves(GRID, deletion, deletion[:, ::-1])


def rows(simulated: bool = True) -> pd.DataFrame:
    found = {"attention": curves(0.3), RANDOM: curves(0.1)}
    common = {"n_firms": 50, "simulated": simulated, "models": "dual_attn-JP/4"}
    models = ["dual attention", "untrained"]
    return pd.DataFrame([row for m in models for row in result_rows(m, found, 0.2, WEIGHTS, **common)])


def only_row(frame, **wanted):
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_an_estimate_is_the_mean_with_the_interval_of_resampled_firms():
    values = np.random.default_rng(0).normal(2, 1, size=400)
    value, low, high = estimate(values, resampling_weights(400, 2000, seed=1))
    assert value == values.mean()
    expected = 1.96 * values.std() / 20
    assert (value - low, high - value) == pytest.approx((expected, expected), rel=0.1)


def test_differences_to_random_are_paired():
    frame = rows()
    row = only_row(frame, model="untrained", order="attention", figure="deletion", share=0.2)
    assert row["high"] - row["low"] > 0.01  # firms differ
    differences = row[["difference", "difference_low", "difference_high"]]
    assert differences.tolist() == pytest.approx([-0.2] * 3)  # by the same in every firm
    assert frame.loc[frame["order"] == RANDOM, "difference"].isna().all()


def test_every_figure_and_point_has_a_row():
    frame = rows()
    assert len(frame) == 2 * 2 * (6 + 2 * 3)
    row = only_row(frame, model="dual attention", order="attention", figure="comprehensiveness")
    assert row["share"] == 0.2
    assert row["value"] == pytest.approx(0.3)
    assert frame.loc[frame["figure"] == "deletion_area", "share"].isna().all()


@pytest.mark.parametrize("simulated", [True, False])
def test_table_and_figure_say_n_and_simulated(simulated):
    frame = rows(simulated)
    with console.capture() as captured:
        console.print(figure_table(frame), width=160)
    printed = captured.get()
    assert f"dual_attn-JP/4, 50 {'simulated ' if simulated else ''}firms" in printed
    for part in ("dual attention", "untrained", "attention - random", "0.300", "+0.200", "20%", "lower"):
        assert part in printed
    figure = curve_figure(frame)
    assert ("simulated" in figure.get_suptitle()) == simulated
    assert "50 firms" in figure.get_suptitle()
    assert [axes.get_title() for axes in figure.axes[:2]] == ["dual attention", "untrained"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["attention", RANDOM]
    (line, _) = figure.axes[0].get_lines()
    assert line.get_xdata().tolist() == GRID.tolist()
    assert line.get_ydata() == pytest.approx(curves(0.3).deletion.mean(axis=0))
