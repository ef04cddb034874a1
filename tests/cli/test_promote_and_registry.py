"""The commands `promote` and `registry`, on models without files."""

import csv
import io
import json

import pytest

from ipml.cli import main
from tests.tracking.small_registry import SmallRegistry


@pytest.fixture
def small(home):
    small = SmallRegistry(home, "")
    small.train("a", 0.5)
    small.train("b", 0.5, a="1")
    return small


def test_promoted_refused_shown_and_rolled_back(small, capsys):
    assert main(["promote", "reason=the first ones"]) == 0
    assert "2 of 2 champions moved" in capsys.readouterr().out
    small.train("a", 0.4)
    database = small.home / "mlruns" / "mlflow.db"
    before = database.read_bytes()
    for words in (["promote"], ["promote", "dry_run=true"]):
        assert main(words) == 2
        output, error = capsys.readouterr()
        assert "0.500, 0.400, -0.100 (-0.100 to -0.100, 40)" in output
        assert error.startswith(
            "error: nothing promoted: margin=0 is not reached by a: version 2 has cosine 0.400"
        )
        assert len(error.splitlines()) == 1
    assert main(["promote", "dry_run=true", "margin=-0.2"]) == 0
    assert "nothing moved" in capsys.readouterr().out
    assert database.read_bytes() == before
    assert main(["promote", "study=demo", "margin=null"]) == 2
    assert "made with a 2 but b version 1 with a 1" in capsys.readouterr().err
    assert main(["promote", "models=[a]", "margin=-0.2"]) == 0
    assert small.champions("a", "b") == ["2", "1"]
    assert main(["promote", "rollback=true"]) == 0
    assert small.champions("a", "b") == ["1", "1"]
    capsys.readouterr()
    assert main(["registry", "history=true"]) == 0
    shown = capsys.readouterr().out
    for text in (
        "the first ones",
        "a: none → 1 (first champion)",
        "a: 1 → 2 cosine",
        "takes promotion 2 back",
    ):
        assert text in shown
    assert main(["registry", "history=true", "format=json", "models=[b]"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["model"], row["before"], row["now"], row["lineage.a"]) == ("b", None, "1", "1")


def test_the_registry_as_table_csv_and_json(small, capsys):
    small.promote("a")
    small.train("a", 0.6, corpus="0123456789abcdef" * 2)
    assert main(["registry"]) == 0
    shown = capsys.readouterr().out
    assert all(len(line) <= 140 for line in shown.splitlines())
    for text in ("challenger", "champion", "cosine 0.600", "corpus 01234567 ", "corpus c1, a 1"):
        assert text in shown
    assert "cosine_low" not in shown
    assert main(["registry", "format=csv", "models=[a]"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["version"], row["aliases"]) for row in rows] == [("1", "champion"), ("2", "challenger")]
    assert rows[1]["lineage.corpus"] == "0123456789abcdef" * 2
    assert main(["registry", "format=json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["model"], row["test/cosine"]) for row in rows] == [("a", 0.5), ("a", 0.6), ("b", 0.5)]


def test_a_registry_of_more_models_than_one_page_is_read_whole(small, capsys):
    client = small.client
    for number in range(110):
        client.create_registered_model(f"m{number:03d}")
    small.train("z")
    assert main(["registry", "format=csv"]) == 0
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["model", "a", "b", "z"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["registry", "models=[c]"], "models=c: not in the registry"),
        (
            ["aligned_vectors", "model=b@champion", "output=x"],
            "; `ipml promote` makes the challenger the champion",
        ),
        (["registry", "format=xml"], "format=xml: not a choice; allowed: table, csv, json"),
        (["promote", "models=[c]"], "model=c: not in the registry"),
        (["promote", "margin=much"], "margin=much: a number is needed"),
        (["promote", "study=nowhere"], "study=nowhere: not a choice"),
        (["promote", "study=real_jp"], "no model with a challenger"),
        (["promote", "rollback=true"], "no promotion to take back"),
    ],
)
def test_a_mistake_is_one_line(small, capsys, words, message):
    assert main(words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_an_empty_registry_says_so(home, capsys):
    assert main(["registry"]) == 0
    assert main(["registry", "history=true"]) == 0
    output = " ".join(capsys.readouterr().out.split())
    assert "no model yet" in output
    assert "no promotion yet" in output
