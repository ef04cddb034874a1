"""A statistic of one's own, by the words of docs/extending.md: one class, one line of configuration."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean

from ipml.cli import main
from ipml.errors import InputError
from ipml.figures import save_figure
from ipml.statistics.angles import angle_degrees
from tests.recipes import PAGE, write_recipes


@pytest.fixture
def figures(monkeypatch):
    """Figures that a command draws, by the name of the file."""
    drawn = {}

    def keep(figure, path, source):
        drawn[path.name] = figure
        save_figure(figure, path, source)

    monkeypatch.setattr("ipml.figures.save_figure", keep)
    return drawn


def line_of_the_page() -> str:
    """The line that the page puts into conf/evaluate.yaml, as an override."""
    name, target = re.search(
        r"^(trimmed): (\{.*\})$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    ).groups()
    return f"+evaluators.pair.{name}={target}"


def run(registry, *overrides: str) -> pd.DataFrame:
    """Run the command line; returns the results that it saved."""
    own = [f"paths.root={registry.home}", f"data.root={registry.world}", "countries=[JP,US]"]
    assert main(["evaluate", *own, *overrides]) == 0
    newest = max((registry.home / "runs" / "evaluate").iterdir(), key=lambda path: path.stat().st_mtime)
    return pd.read_csv(newest / "results.csv")


def marks(figure, label: str) -> list[float]:
    """Values of a mark in the first panel that has it."""
    found = [line for axes in figure.axes for line in axes.containers if line.get_label() == label]
    return sorted(value for bars in found for value in bars.lines[0].get_xdata())


def test_the_statistic_of_the_guide_is_in_results_table_and_figure(
    registry, tmp_path, monkeypatch, capsys, figures
) -> None:
    write_recipes(tmp_path, "A statistic")
    monkeypatch.syspath_prepend(tmp_path)
    assert line_of_the_page().removeprefix("+") in PAGE.read_text(encoding="utf-8")
    results = run(registry, line_of_the_page())
    rows = results[results["method"] == "trimmed"]
    assert rows["group"].tolist() == ["JP-US established", "JP high_growth-established"]
    groups = registry.read_groups().groups
    first, second = groups["JP established"], groups["US established"]
    expected = np.mean(
        [
            angle_degrees(
                trim_mean(own.sample.product_vectors, 0.1),
                other.conversion_matrix @ trim_mean(own.sample.technology_vectors, 0.1),
            )
            for own, other in ((first, second), (second, first))
        ]
    )
    assert rows["value"].iloc[0] == pytest.approx(expected)
    printed = capsys.readouterr().out
    table = printed[printed.index("Further statistics (simulated)") :]
    assert "trimmed" in table
    for value in rows["value"]:
        assert f"{value:.1f}" in table
    assert marks(figures["angles.png"], "trimmed") == pytest.approx(sorted(rows["value"]))
    legend = [text.get_text() for text in figures["angles.png"].legends[0].get_texts()]
    assert "trimmed" in legend


def test_statistics_of_other_units_and_of_groups_have_panels_of_their_own(
    registry, tmp_path, monkeypatch, capsys, figures
) -> None:
    (tmp_path / "sizes.py").write_text(
        "from ipml.evaluation.results import MAPPING, Row\n\n\n"
        "class Sizes:\n"
        "    def rows(self, context):\n"
        "        for group in context.groups:\n"
        "            yield Row('firms', MAPPING, group.name, 'count', len(group), unit='firms')\n"
        "        for pair in context.pairs:\n"
        "            row = ('ratio', pair.comparison, pair.name, 'ratio')\n"
        "            yield Row(*row, len(pair.first) / len(pair.second), low=0.25, high=4.0, unit='share')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    results = run(
        registry, *(f"+evaluators.{kind}.sizes={{_target_: sizes.Sizes}}" for kind in ("pairs", "group"))
    )
    assert results[results["what"] == "ratio"]["value"].tolist() == [1.0, 1.0]
    table = capsys.readouterr().out
    assert "1.000 (0.250-4.000)" in table
    assert "firms, count" in table
    assert "60.000" in table
    assert [axes.get_xlabel() for axes in figures["angles.png"].axes] == ["degrees"] * 2 + ["share"] * 2
    assert marks(figures["angles.png"], "ratio") == [1.0, 1.0]
    assert marks(figures["accuracies.png"], "firms, count") == [60.0] * 3


def test_an_evaluator_that_is_left_out_makes_no_rows(registry, figures) -> None:
    results = run(registry, "evaluators.pair.planted=null", "evaluators.group.published=null")
    assert "planted" not in set(results["method"])
    assert not (results["what"].eq("test_cosine") & results["method"].eq("published")).any()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("+evaluators.pair.mine={share: 1}", "mine needs a class, as mine._target_=my_module.MyEvaluator"),
        (
            "+evaluators.pair.mine={_target_: builtins.dict}",
            "evaluators.pair.mine=builtins.dict: an evaluator has a method rows",
        ),
        ("+evaluators.pair.mine={_target_: no_such.Evaluator}", "no_such"),
        ("+evaluators.firm.mine={_target_: builtins.dict}", "evaluators.firm: no such key"),
    ],
)
def test_what_is_no_evaluator_is_refused_in_one_line(registry, capsys, line: str, message: str) -> None:
    own = [f"paths.root={registry.home}", f"data.root={registry.world}", "countries=[JP,US]"]
    assert main(["evaluate", *own, line]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert message in said


def test_rows_of_another_kind_are_refused(registry, tmp_path, monkeypatch) -> None:
    (tmp_path / "loose.py").write_text(
        "class Loose:\n    def rows(self, context):\n        yield {'value': 1}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        InputError, match=r"^evaluator loose: yields dict; needed: ipml\.evaluation\.results\.Row$"
    ):
        registry.evaluate("+evaluators.pair.loose={_target_: loose.Loose}")
