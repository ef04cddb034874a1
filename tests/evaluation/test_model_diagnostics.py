"""Evaluation names the models behind a pair that failed their diagnostics, or of which nothing is known."""

from types import SimpleNamespace

import pandas as pd
import pytest

from ipml.evaluation.model_diagnostics import ModelDiagnostics
from ipml.evaluation.results import Row, as_table
from ipml.report.tables import _verdict
from ipml.tracking import Lineage
from ipml.tracking.failed_diagnostics import TAG
from tests.tracking.small_registry import SmallRegistry

FAILED = "failed: keyword_agreement, product_angle"


@pytest.fixture
def found(home):
    """Two groups of JP, whose model failed, one of US, whose model is of before, and one of CN without a model."""
    small = SmallRegistry(home, "")
    for country in ("JP", "US", "CN"):
        small.train(f"dual_attn-{country}")
    for country, verdict in (("JP", FAILED), ("CN", "passed")):
        run = small.client.get_model_version(f"dual_attn-{country}", "1").run_id
        small.client.set_tag(run, f"ipml.{TAG}", verdict)
    lineages = {
        "JP established": {"corpus": "c1", "dual_attn-JP": "1", "alignment-ja-en": "7"},
        "US established": {"dual_attn-US": "1"},
        "CN established": {"dual_attn-CN": "1"},
        "CN multinational": {"start-dual_attn-JP": "1", "mapping-dual_attn-x": "1"},
    }
    models = {name: SimpleNamespace(lineage=Lineage(lineage)) for name, lineage in lineages.items()}
    return ModelDiagnostics.read(small.workspace, SimpleNamespace(models=models))


def test_verdicts_go_through_the_lineage(found):
    assert found.of_model == {
        "dual_attn-JP/1": FAILED,
        "dual_attn-US/1": "not known",
        "dual_attn-CN/1": "passed",
    }
    failed = "dual_attn-JP/1 failed (keyword_agreement, product_angle)"
    assert found.in_words(["JP established", "CN established"]) == failed
    assert found.in_words(["JP established", "US established"]) == f"{failed}; dual_attn-US/1 not known"
    assert found.in_words(["CN established"]) == "passed"
    assert found.in_words(["CN multinational"]) == ""
    notes = found.notes()
    assert [note[0] for note in notes] == ["!", "?"]
    assert "dual_attn-JP/1 failed diagnostics keyword_agreement, product_angle" in notes[0]


def test_rows_and_lines_say_it(found):
    pair = SimpleNamespace(
        name="JP-US established",
        groups=[SimpleNamespace(name="JP established"), SimpleNamespace(name="US established")],
    )
    rows = [
        Row("angle", "countries", "JP-US established", "plug_in", 9.0, models="mapping-JP/1 mapping-US/1"),
        Row("angle", "countries", "JP-US established", "planted", 8.0),
        Row("test_cosine", "mapping", "CN established", "model", 0.8, models="mapping-CN/1"),
    ]
    said = found.add_to(as_table(rows), [pair])["diagnostics"]
    assert said.tolist() == [
        "dual_attn-JP/1 failed (keyword_agreement, product_angle); dual_attn-US/1 not known",
        "",
        "passed",
    ]
    marks = [_verdict(SimpleNamespace(diagnostics=text)) for text in [*said, "dual_attn-US/1 not known"]]
    assert marks == [" !", "", "", " ?"]


def test_groups_without_such_a_model_say_nothing():
    table = as_table([Row("angle", "countries", "JP-US x", "plug_in", 9.0, models="a b")])
    assert ModelDiagnostics().add_to(table, [])["diagnostics"].tolist() == [""]
    assert isinstance(ModelDiagnostics().add_to(table, []), pd.DataFrame)
