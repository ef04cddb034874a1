"""SIGTERM, SIGHUP and Ctrl-C close the run that is open; the exit code tells the signal."""

import os
import signal
import sys

import pytest

import ipml.cli.dispatch
from ipml.cli import main
from ipml.cli.stopping import stoppable
from ipml.tracking import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without these signals")
SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.fixture(autouse=True)
def handlers():
    """Handlers of a process in a terminal, also where the tests run under `nohup` or in the background."""
    before = [signal.signal(number, signal.default_int_handler) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_interrupts_and_the_handlers_come_back(number):
    before = [signal.getsignal(other) for other in SIGNALS]
    with pytest.raises(KeyboardInterrupt), stoppable() as stop:
        os.kill(os.getpid(), number)
    assert stop.exit_code == 128 + number
    assert [signal.getsignal(other) for other in SIGNALS] == before


def test_closing_is_not_cut_short_by_a_second_signal():
    done = []
    with pytest.raises(KeyboardInterrupt), stoppable():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("closed")
    assert done == ["closed"]


def test_a_signal_that_is_ignored_stays_so(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
        assert stop.number is None
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("as_lightning_does", [False, True])
def test_sigterm_ends_the_run_as_killed_and_the_command_with_143(
    home, tracking_database, monkeypatch, capsys, as_lightning_does
):
    made = []

    def command(_, settings):
        workspace = Workspace(settings)
        with workspace.start_run("keywords", "keywords-JP") as run:
            made.append((workspace, run.id))
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except KeyboardInterrupt:
                if as_lightning_does:
                    sys.exit(1)
                raise

    monkeypatch.setattr(ipml.cli.dispatch, "run_command", command)
    assert main(["registry"]) == 143
    assert "stopped; run the same command again" in capsys.readouterr().err
    ((workspace, run_id),) = made
    assert workspace.get_run(run_id).status == "KILLED"
