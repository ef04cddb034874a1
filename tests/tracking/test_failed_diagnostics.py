"""A model whose diagnostics failed does not become champion, unless it is forced; the history says so."""

import json

import pytest

from ipml.cli import main
from ipml.tracking.failed_diagnostics import TAG
from ipml.tracking.promotion import read_history
from tests.tracking.small_registry import SmallRegistry

FAILED = "failed: keyword_agreement, product_angle"


@pytest.fixture
def small(home):
    small = SmallRegistry(home, "")
    small.train("a", 0.5)
    return small


def tag(small, name, version, verdict):
    run = small.client.get_model_version(name, version).run_id
    small.client.set_tag(run, f"ipml.{TAG}", verdict)


def test_a_failed_model_is_refused_in_one_line_and_nothing_moves(small, capsys):
    tag(small, "a", small.train("a", 0.6), FAILED)
    small.train("b", 0.5)
    for words in (["promote"], ["promote", "dry_run=true"], ["promote", "margin=null"]):
        assert main(words) == 2
        error = capsys.readouterr().err
        assert "diagnostics failed for a: version 2 (keyword_agreement, product_angle)" in error
        assert error.strip().endswith("or say force=true")
        assert len(error.splitlines()) == 1
    assert small.champions("a", "b") == [None, None]
    assert main(["promote", "models=[b]"]) == 0  # the other model alone


def test_a_forced_promotion_says_so_for_ever(small, capsys):
    tag(small, "a", "1", FAILED)
    assert main(["promote", "force=true"]) == 0
    assert small.champions("a") == ["1"]
    ((move,),) = [entry.moves for entry in read_history(small.workspace)]
    assert move.failed == "keyword_agreement, product_angle"
    capsys.readouterr()
    assert main(["registry", "history=true", "format=json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["failed"] == "keyword_agreement, product_angle"
    assert main(["registry", "history=true"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("diagnostics failed", "keyword_agreement", "product_angle"))
    # What is champion already is not judged again, and who takes it back needs no force.
    assert main(["promote"]) == 0
    assert main(["promote", "rollback=true"]) == 0
    assert small.champions("a") == [None]


@pytest.mark.parametrize("verdict", ["passed", "not judged", None])
def test_others_are_promoted_and_a_history_of_before_is_read(small, verdict):
    if verdict is not None:
        tag(small, "a", "1", verdict)
    assert main(["promote"]) == 0
    (entry,) = read_history(small.workspace)
    assert entry.moves[0].failed == ""
    older = entry.moves[0].to_dict()
    del older["failed"]
    assert type(entry.moves[0]).from_dict(older) == entry.moves[0]
