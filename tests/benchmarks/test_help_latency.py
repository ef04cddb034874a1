import json

import pytest

from benchmarks.help_latency import result_table, run, wall_seconds
from ipml.errors import InputError


def test_it_prints_the_figure_with_its_target(capsys):
    run({"runs": "1"})
    printed = capsys.readouterr().out
    figure = json.loads(printed.splitlines()[-1])
    assert (figure["name"], figure["unit"], figure["target"], figure["n"]) == ("help_latency", "s", 1.5, 1)
    assert 0 < figure["peer"] < figure["value"]
    assert "python train.py --help" in printed


def test_a_command_that_fails_is_no_figure():
    with pytest.raises(InputError, match="wrong: ZeroDivisionError"):
        wall_seconds("wrong", ["-c", "1 / 0"])


def test_ratios_are_of_medians():
    times = {"python train.py --help": [0.4, 0.6, 9.0], "python -c pass": [0.1, 0.2, 0.3]}
    cells = [list(column.cells) for column in result_table(times).columns]
    assert cells[-1] == ["1.0", "3.0"]
