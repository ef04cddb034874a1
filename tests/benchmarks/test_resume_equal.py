"""The benchmark that kills a study, and what it compares."""

import json

import pytest

from benchmarks.resume_equal import run, started
from ipml.errors import InputError


@pytest.mark.slow
def test_a_killed_study_ends_as_if_it_had_not_been(capsys):
    run({"kills": "3", "workers": "1"})  # without worker processes, each of which would load PyTorch anew
    printed = capsys.readouterr().out
    figure = json.loads(printed.splitlines()[-1])
    assert (figure["name"], figure["value"], figure["n"]) == ("resume_equal", 1.0, 3)
    assert printed.count("equal") > 6
    assert "differ" not in printed


def test_the_journal_is_read_by_whole_lines(tmp_path):
    folder = tmp_path / "runs" / "study-demo"
    assert started(tmp_path) == {}
    folder.mkdir(parents=True)
    lines = [{"time": 1, "event": "started", "stage": "a"}, {"time": 2, "event": "ended", "stage": "a"}]
    (folder / "journal.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"time": 3, "ev')
    assert started(tmp_path) == {"a": 1}
    assert started(tmp_path, "ended") == {"a": 2}


@pytest.mark.parametrize(
    ("options", "message"),
    [({"kills": "none"}, "kills=none: a whole number"), ({"stage": "x"}, "option=stage: not a choice")],
)
def test_mistakes_are_said_in_one_line(options, message):
    with pytest.raises(InputError, match=message):
        run(options)
