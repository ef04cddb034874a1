"""Executors on this machine: one call at a time in this process, or several in worker processes beside it."""

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
from typing import Literal

from ipml.console import console
from ipml.study.stage_call import Executor, Outcome, RunCommand, StageCall, perform
from ipml.study.worker_process import run_worker

_GRACE = 10  # seconds in which an interrupted worker closes its MLflow run


class InProcessExecutor:
    """One call at a time, printing as it goes: for a debugger, and where memory is short."""

    def __init__(self, run_command: RunCommand) -> None:
        self._run_command = run_command
        self._call: StageCall | None = None

    @property
    def has_room(self) -> bool:
        """Whether no call waits to be run."""
        return self._call is None

    def submit(self, call: StageCall) -> None:
        """Keep the call; `next_outcome` runs it."""
        self._call = call

    def next_outcome(self) -> tuple[StageCall, Outcome]:
        """Run the call."""
        call, self._call = self._call, None
        if call is None:
            raise RuntimeError("no call was submitted")
        return call, perform(call, self._run_command)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    call: StageCall | None = None
    begun: float = 0.0


class ProcessExecutor:
    """Worker processes that stay for the next call, since importing PyTorch takes seconds.

    `concurrent.futures` gives up every call when the system kills one worker, as it does when memory runs out; here the
    others go on.
    """

    def __init__(self, count: int, run_command: RunCommand) -> None:
        self._count, self._run_command = count, run_command
        self._workers: list[_Worker] = []

    @property
    def has_room(self) -> bool:
        """Whether a worker is free or may still be started."""
        return sum(worker.call is not None for worker in self._workers) < self._count

    def submit(self, call: StageCall) -> None:
        """Hand a call to a free worker, or to a new one."""
        worker = next((worker for worker in self._workers if worker.call is None), None) or self._new()
        worker.call, worker.begun = call, time.monotonic()
        try:
            worker.connection.send(call)
        except BrokenPipeError:  # it died while it was idle
            self._workers.remove(worker)
            self.submit(call)

    def next_outcome(self) -> tuple[StageCall, Outcome]:
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
            console.print(printed, highlight=False, soft_wrap=True)
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
        process = context.Process(target=run_worker, args=(theirs, self._run_command, console.width))
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker


@contextmanager
def local_executor(count: int, run_command: RunCommand) -> Iterator[Executor]:
    """Open an executor with a number of worker processes; for one, calls run in this process."""
    if count == 1:
        yield InProcessExecutor(run_command)
        return
    executor = ProcessExecutor(count, run_command)
    try:
        yield executor
    finally:
        executor.close()


def number_of_workers(wanted: Literal["auto"] | int, n_stages: int) -> int:
    """Choose a number of workers: ``workers`` of the configuration, and not more than there are stages to run."""
    if wanted == "auto":
        wanted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(wanted, n_stages), 1)


def _death(worker: _Worker, call: StageCall) -> Outcome:
    code = worker.process.exitcode or 0
    killed = code == -getattr(signal, "SIGKILL", 9)  # Windows has no such signal
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    why = ", as the system does when memory runs out" if killed else ""
    return Outcome(time.monotonic() - worker.begun, failed=f"its process {how}{why}", killed=killed)
