"""What is said of a command's progress where there is no terminal."""

import time

import numpy as np
import pytest

from ipml import ConversionMap
from ipml import console as module
from ipml.console import in_words, progress, quiet_console, reporter, track
from tests.small_study import command


@pytest.fixture
def often(monkeypatch):
    """A reporter that speaks 600 times as often."""
    monkeypatch.setattr(reporter, "seconds", 0.05)
    monkeypatch.setattr(module.console, "_force_terminal", False)


def wait_for(text: str, capsys, seconds: float = 10.0) -> str:
    said, end = "", time.monotonic() + seconds
    while text not in said and time.monotonic() < end:
        time.sleep(0.02)
        said += capsys.readouterr().err
    return said


def test_a_long_inner_step_speaks_too_with_what_is_done_and_left(often, capsys):
    with quiet_console(), progress("splits", 4) as step:
        step.advance(2)
        with progress("fold\n3", 10):
            said = wait_for("splits: 2 of 4 done", capsys)
    first = said.splitlines()[0]
    assert first.startswith("0:00 splits: 2 of 4 done, 0:00 so far, about 0:0")
    assert "left; fold 3: 0 of 10 done, 0:00 so far" in first  # no estimate before the first is done


def test_a_step_without_a_number_and_a_command_without_steps_speak(often, capsys):
    with reporter.reporting("ipml doctor"):
        assert "ipml doctor: working" in wait_for("ipml doctor: working", capsys)
        with progress("reading") as step:
            assert "reading: 0:00 so far" in wait_for("reading: 0:00 so far", capsys)
            step.advance(1234)
            assert wait_for("reading: 1,234 done, 0:00 so far", capsys)


def test_what_is_over_before_the_first_line_says_nothing(capsys):
    assert reporter.seconds == 30
    assert list(track(range(5), "quick")) == list(range(5))
    assert capsys.readouterr() == ("", "")


def test_nothing_is_said_after_the_end_nor_by_a_worker(often, capsys, monkeypatch):
    with progress("a", 1):
        wait_for("a: 0 of 1", capsys)
    time.sleep(0.1)
    capsys.readouterr()
    time.sleep(0.2)
    monkeypatch.setattr(reporter, "muted", True)
    with progress("b", 1):
        time.sleep(0.2)
    assert capsys.readouterr() == ("", "")


def test_an_estimator_says_nothing(often, capsys, monkeypatch):
    monkeypatch.setattr(reporter, "seconds", 0.001)
    T = np.random.default_rng(0).normal(size=(30, 3))
    ConversionMap("sgd", max_epochs=20).fit(T, T)
    assert capsys.readouterr() == ("", "")


def test_every_command_reports_on_standard_error_alone(often, home, monkeypatch):
    def slow(*_) -> None:
        time.sleep(0.5)
        print("[]")

    monkeypatch.setattr("ipml.cli.dispatch.run_command", slow)
    done = command(home, "registry", "format=json")
    assert done.stdout == "[]\n"
    assert "ipml registry: working" in done.stderr


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (187, "3:07"), (3787, "1:03:07")])
def test_a_time_in_words(seconds, text):
    assert in_words(seconds) == text
