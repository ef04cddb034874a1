"""Where the calls of a study run: in this process, or in worker processes beside it."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from ipml.console import console
from ipml.errors import InputError
from ipml.study.calls import Call, Outcome, RunCommand, perform
from ipml.study.serve import serve

_GRACE = 10  # seconds in which an interrupted worker closes its MLflow run


class Workers(Protocol):
    """Runs calls, as many at a time as it has room for."""

    @property
    def has_room(self) -> bool:
        """Whether another call can be started."""

    def start(self, call: Call) -> None:
        """Start a call."""

    def wait(self) -> tuple[Call, Outcome]:
        """Wait until a call has ended."""


class InThisProcess:
    """One call at a time, printing as it goes: for a debugger, and where memory is short."""

    def __init__(self, run_command: RunCommand) -> None:
        self._run_command = run_command
        self._call: Call | None = None

    @property
    def has_room(self) -> bool:
        """Whether no call waits to be run."""
        return self._call is None

    def start(self, call: Call) -> None:
        """Keep the call; `wait` runs it."""
        self._call = call

    def wait(self) -> tuple[Call, Outcome]:
        """Run the call."""
        call, self._call = self._call, None
        if call is None:
            raise RuntimeError("no call was started")
        return call, perform(call, self._run_command)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    call: Call | None = None
    begun: float = 0.0


class Processes:
    """Worker processes that stay for the next call: importing PyTorch takes seconds."""

    def __init__(self, count: int, run_command: RunCommand) -> None:
        self._count, self._run_command = count, run_command
        self._workers: list[_Worker] = []

    @property
    def has_room(self) -> bool:
        """Whether a worker is free or may still be started."""
        return sum(worker.call is not None for worker in self._workers) < self._count

    def start(self, call: Call) -> None:
        """Hand a call to a free worker, or to a new one."""
        worker = next((worker for worker in self._workers if worker.call is None), None) or self._new()
        worker.call, worker.begun = call, time.monotonic()
        try:
            worker.connection.send(call)
        except BrokenPipeError:  # it died while it was idle
            self._workers.remove(worker)
            self.start(call)

    def wait(self) -> tuple[Call, Outcome]:
        """Wait until a worker has ended its call or died in it; show on the console what the call printed."""
        busy = [worker for worker in self._workers if worker.call is not None]
        ready = wait([worker.connection for worker in busy])
        worker = next(worker for worker in busy if worker.connection in ready)
        call, worker.call = worker.call, None
        assert call is not None  # noqa: S101 - of the busy ones
        try:
            outcome = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            self._workers.remove(worker)
            outcome = _death(worker, call)
        if Path(call.log).is_file():
            printed = Path(call.log).read_text(encoding="utf-8", errors="replace").rstrip("\n")
            console.print(printed, markup=False, highlight=False, soft_wrap=True)
        return call, outcome

    def close(self) -> None:
        """End all workers: idle ones at once, busy ones as an interrupt would."""
        for worker in self._workers:
            worker.connection.close()
            if worker.call is not None:
                worker.process.terminate()
        deadline = time.monotonic() + _GRACE
        for worker in self._workers:
            worker.process.join(max(deadline - time.monotonic(), 0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _new(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self._run_command, console.width))
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


@contextmanager
def open_workers(count: int, run_command: RunCommand) -> Iterator[Workers]:
    """Workers of a study; with a count of 1, this process."""
    if count == 1:
        yield InThisProcess(run_command)
        return
    processes = Processes(count, run_command)
    try:
        yield processes
    finally:
        processes.close()


def number_of_workers(wanted: object, n_stages: int) -> int:
    """Number of workers: ``workers`` of the configuration, and not more than there are stages to run."""
    if wanted == "auto":
        wanted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if type(wanted) is not int or wanted < 1:
        raise InputError(f"workers={wanted}: allowed: auto, or a whole number, at least 1")
    return max(min(wanted, n_stages), 1)


def _death(worker: _Worker, call: Call) -> Outcome:
    code = worker.process.exitcode or 0
    killed = code == -getattr(signal, "SIGKILL", 9)  # Windows has no such signal
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    why = ", as the system does when memory runs out" if killed else ""
    return Outcome(time.monotonic() - worker.begun, failed=f"its process {how}{why}", killed=killed)
