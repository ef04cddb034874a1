"""The benchmark of checking files, on a small one."""

import json

from benchmarks.check_speed import run


def test_it_checks_twice_and_gives_seconds_a_gigabyte(capsys, monkeypatch):
    monkeypatch.setattr("ipml.checksums.MOST_THREADS", 8)
    run({"megabytes": "20", "threads": "1"})
    printed = capsys.readouterr().out.splitlines()
    figure = json.loads(printed[-1])
    assert (figure["name"], figure["n"], figure["target"]) == ("check_speed", 20, 1)
    assert "20 MB, 1 threads" in printed[0]
