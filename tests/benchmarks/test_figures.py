"""Files of figures: what is written is read again, and what moved by more than its interval is said."""

import json
from dataclasses import replace

import pytest

from benchmarks import __main__ as command
from benchmarks import figures as module
from benchmarks.figures import (
    Figure,
    FiguresFile,
    Measured,
    Measurement,
    changes,
    measurement_of,
    moved,
    share,
)
from ipml.errors import InputError

OF_TODAY = Measurement("python -m benchmarks x", "0", "abc", "hash", "2 cores", "2026-11-30")
EARLIER = Measurement("python -m benchmarks x", "0", "def", None, "2 cores", "2026-11-24", from_page=True)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "demo").mkdir()
    return tmp_path


def test_what_is_written_is_read_again(folder):
    file = FiguresFile.read("demo", folder)
    file.put([Figure("a/b", 0.25, 0.1, 0.4, 12, "share"), Figure("a/range", None, 1, 2)], OF_TODAY)
    file.put([Figure("c", 3.0)], EARLIER)
    file.write()
    again = FiguresFile.read("demo", folder)
    assert again.figures == file.figures
    again.put([Figure("c", 4.0)], OF_TODAY)
    again.write()
    content = json.loads((folder / "demo" / "figures.json").read_text(encoding="utf-8"))
    assert [values["commit"] for values in content["measurements"].values()] == ["abc"]
    assert {values["name"]: values["value"] for values in content["figures"]} == {
        "a/b": 0.25,
        "a/range": None,
        "c": 4.0,
    }


def test_a_file_that_is_none_and_an_experiment_that_is_none_are_said(folder):
    (folder / "demo" / "figures.json").write_text('{"figures": [{"name": "a"}]}', encoding="utf-8")
    with pytest.raises(InputError, match="not a file of figures"):
        FiguresFile.read("demo", folder)
    with pytest.raises(InputError, match="experiment=none: no folder"):
        FiguresFile.read("none", folder)


@pytest.mark.parametrize(
    ("old", "new", "did"),
    [
        (Figure("a", 4.0, 0.0, 11.6), Figure("a", 10.7, 0.0, 18.0), False),
        (Figure("a", 12.0, 9.0, 15.0), Figure("a", 4.0, 0.0, 18.0), True),
        (Figure("a", 0.80), Figure("a", 0.8004), False),
        (Figure("a", 0.81), Figure("a", 0.83), True),
        (Figure("a", 1.8), Figure("a", 1.79), False),
        (Figure("a", 10.0, unit="s"), Figure("a", 13.0, unit="s"), False),
        (Figure("a", 10.0, unit="s"), Figure("a", 5.0, unit="s"), True),
        (Figure("a", None, 1, 2), Figure("a", None, 1, 3), True),
    ],
)
def test_a_figure_moves_by_more_than_its_interval(old, new, did):
    assert moved(old, new) is did


def test_what_moved_and_what_is_new_is_a_line_each(folder):
    file = FiguresFile.read("demo", folder)
    file.put([Figure("angle", 10.7, 9.0, 12.0, unit="degrees"), Figure("same", 1.0)], OF_TODAY)
    lines = changes(
        file, [Figure("angle", 4.0, 0.0, 11.6, unit="degrees"), Figure("same", 1.0), Figure("x", 2)]
    )
    assert lines == ["moved: angle: 10.7 [9, 12] degrees → 4 [0, 11.6] degrees", "new: x: 2"]


def test_what_a_command_does_not_give_any_more_goes(folder):
    file = FiguresFile.read("demo", folder)
    file.put([Figure("a", 1.0), Figure("gone", 2.0)], OF_TODAY)
    file.put([Figure("other", 3.0)], replace(OF_TODAY, command="python -m benchmarks y"))
    assert file.replace([Figure("a", 1.5)], replace(OF_TODAY, commit="new")) == ["gone"]
    assert {name: figure.value for name, (figure, _) in file.figures.items()} == {"a": 1.5, "other": 3.0}


def test_a_share_has_wilsons_interval():
    found = share("a", [True] * 5 + [False] * 15)
    assert (found.value, found.n) == (0.25, 20)
    assert (found.low, found.high) == pytest.approx((0.11186, 0.46870), abs=1e-5)


def test_a_measurement_names_no_folder_of_the_machine(tmp_path):
    options = {"study.root": str(tmp_path), "worlds": "60", "record": "yes"}
    said = measurement_of(Measured("demo", [], "0", "hash"), "angle_coverage", options)
    assert said.command == "python -m benchmarks angle_coverage study.root=PATH worlds=60 record=yes"
    assert (said.seed, said.corpus) == ("0", "hash")


def test_a_run_says_what_moved_and_writes_only_if_asked(folder, monkeypatch, capsys):
    monkeypatch.setattr(module.FiguresFile.read.__func__, "__defaults__", (folder,))
    measured = Measured("demo", [Figure("angle", 4.0, 0.0, 11.6)], "0")
    command.keep(measured, "x", {}, record=False)
    assert "new: angle: 4 [0, 11.6]" in capsys.readouterr().out
    assert not (folder / "demo" / "figures.json").exists()
    command.keep(measured, "x", {}, record=True)
    command.keep(measured, "x", {}, record=False)
    printed = capsys.readouterr().out
    assert "1 figures written to experiments/demo/figures.json" in printed
    assert "no figure moved by more than its interval" in printed
