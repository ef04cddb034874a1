"""A worker process: runs one call after another, each with a file for what it prints, and dies with its parent."""

import os
import signal
import sys
import threading
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from ipml.study.stage_call import RunCommand


def run_worker(connection: Connection, run_command: "RunCommand", width: int) -> None:
    """Take calls from the connection and send their outcomes, until it is closed.

    Parameters
    ----------
    run_command
        Runs a command with its settings.
    width
        Columns of the parent's console.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends its workers
    signal.signal(
        signal.SIGTERM, _interrupt
    )  # Windows ends a process without it; the next run closes its runs
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _print_into(os.devnull)
    # Imported only now, so that the console does not take this for a terminal.
    from ipml.console import console, reporter
    from ipml.guards.secrets import masked, masked_output
    from ipml.study.stage_call import perform

    console.width = width
    reporter.muted = True
    try:
        with masked_output():
            while True:
                call = connection.recv()
                masked(call.settings.model_dump())  # so that its passwords are known here, too
                _print_into(call.log)
                outcome = perform(call, run_command)
                _print_into(os.devnull)
                connection.send(outcome)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass


def _print_into(path: str) -> None:
    """Send everything that is printed, by libraries in C too, to the end of a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
