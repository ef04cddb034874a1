from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ipml.console import console
from ipml.evaluation.results import Row, as_table
from ipml.figures import save_figure
from ipml.report.figures import accuracy_figure, angle_figure
from ipml.report.tables import accuracy_table, angle_tables, link_table


def results(planted: bool, published: bool) -> pd.DataFrame:
    rows = []
    for comparison, name, sides in (
        ("countries", "JP-US established", ("JP", "US")),
        ("firm_types", "JP high_growth-established", ("high_growth", "established")),
    ):
        directions = (f"{sides[0]}->{sides[1]}", f"{sides[1]}->{sides[0]}", "mean")
        for direction, value in zip(directions, (21.0, 23.0, 22.0), strict=True):
            common = (comparison, name)
            level = (direction, "industry_mean")
            rows.append(Row("angle", *common, "plug_in", value, *level, sd=1.5, n1=40, n2=50))
            debiased = Row("angle", *common, "debiased", value - 3, *level, low=10.0, high=25.0, n1=40, n2=50)
            rows += [replace(debiased, p_adjusted=0.02), replace(debiased, what="floor", value=7.5)]
            if direction != "mean":
                rows.append(Row("firm_r2", *common, "model", value / 100, direction, n1=30, unit="r2"))
            if planted:
                rows.append(Row("angle", *common, "planted", 20.0, *level))
        if published:
            rows.append(Row("angle", *common, "published", 43.6, "mean", "industry_mean", sd=2.0))
    for method, value in (("model", 0.86), ("mean_product", 0.84), ("identity", 0.5)):
        common = ("mapping", "JP established", method, value)
        rows.append(Row("test_cosine", *common, low=value - 0.01, high=value + 0.01, n1=30, unit="cosine"))
        rows.append(Row("test_cosine_centred", *common, n1=30, unit="cosine"))
        rows.append(Row("test_r2", *common, low=value - 0.02, high=value + 0.02, n1=30, unit="r2"))
    rows.append(Row("test_r2", "mapping", "JP established", "ceiling", 0.91, n1=25, unit="r2"))
    rows.append(Row("test_top_10", "mapping", "JP established", "chance", 0.33, n1=30, unit="share"))
    if published:
        rows.append(Row("test_cosine", "mapping", "JP established", "published", 0.89, n1=495))
    return as_table(rows)


def texts(figure: Figure) -> str:
    parts = [figure.get_suptitle()]
    for axes in figure.axes:
        parts += [
            axes.get_title(),
            axes.get_xlabel(),
            *(label.get_text() for label in axes.get_yticklabels()),
        ]
    return "\n".join([*parts, *(text.get_text() for legend in figure.legends for text in legend.get_texts())])


def printed(*tables) -> str:
    with console.capture() as captured:
        for table in tables:
            console.print(table, width=200)
    return captured.get()


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_results_say_so(simulated: bool) -> None:
    frame = results(planted=simulated, published=True)
    for figure in (angle_figure(frame, simulated, 0.95), accuracy_figure(frame, simulated)):
        assert ("simulated" in figure.get_suptitle()) == simulated
    tables = [*angle_tables(frame, simulated, 0.95), accuracy_table(frame, simulated)]
    assert all(("simulated" in str(table.title)) == simulated for table in tables)


def test_figures_name_every_pair_and_mark() -> None:
    shown = texts(angle_figure(results(True, True), True, 0.9))
    for part in ("established  JP-US", "JP  high growth-established", "90% interval", "planted mean"):
        assert part in shown
    assert "published mean (other data)" in shown
    shown = texts(accuracy_figure(results(True, True), True))
    assert "JP established (30)" in shown
    assert "mean P" in shown


def test_marks_without_figures_are_not_shown() -> None:
    shown = texts(angle_figure(results(False, False), False, 0.95))
    assert "planted" not in shown
    assert "published" not in shown
    tables = printed(*angle_tables(results(False, False), False, 0.95))
    assert "planted" not in tables
    assert "other data" not in tables


def test_tables_show_both_directions_mean_interval_and_references() -> None:
    text = printed(*angle_tables(results(True, True), True, 0.95))
    for part in ("21.0", "23.0", "22.0 (1.5)", "19.0", "10.0-25.0", "20.0", "43.6", "40/50"):
        assert part in text
    text = printed(accuracy_table(results(True, True), True))
    for part in ("0.860", "0.850-0.870", "0.840", "0.500", "0.89", "30"):
        assert part in text


def test_beside_each_angle_stands_what_both_matrices_explain() -> None:
    frame = results(True, True)
    text = printed(*angle_tables(frame, True, 0.95))
    assert "R² of A" in text
    assert "0.23/0.21" in text  # the firms of the first group go through the matrix of the second
    table = link_table(frame, True)
    assert table is not None
    text = printed(table)
    for part in (
        "What A explains of single test firms (simulated)",
        "0.860",
        "0.840-0.880",
        "0.910",
        "0.33",
        "30",
    ):
        assert part in text
    without = frame[~frame["what"].isin(["firm_r2", "test_r2"])]
    assert link_table(without, True) is None
    assert "R² of A" not in printed(*angle_tables(without, True, 0.95))


def test_a_pair_without_a_shared_industry_shows_whole_groups_and_says_so() -> None:
    frame = results(planted=False, published=True)
    countries = (frame["comparison"] == "countries") & (frame["method"] != "published")
    frame.loc[countries, "level"] = "group"
    text = printed(*angle_tables(frame, False, 0.95))
    assert "mean over industries" in text
    assert "whole groups" in text
    assert "JP-US*" in text
    assert "43.6" in text


def test_the_tables_fit_a_screen_of_140_columns() -> None:
    frame = results(True, True)
    extra = frame[(frame["method"] == "debiased") & (frame["what"] == "angle")]
    frame = pd.concat([frame, *(extra.assign(method=method) for method in ("clustered", "word_errors"))])
    with console.capture() as captured:
        for table in angle_tables(frame.reset_index(drop=True), True, 0.95):
            console.print(table, width=140)
    for part in ("high_growth-established", "22.0 (1.5)", "10.0-25.0", "published", "clustered", "1 -> 2"):
        assert part in captured.get()
    assert "…" not in captured.get()


def test_a_figure_is_saved_whole(tmp_path) -> None:
    path = tmp_path / "angles.png"
    save_figure(angle_figure(results(True, True), True, 0.95), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]
