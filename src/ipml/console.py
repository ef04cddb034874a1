"""One console and one progress display for the whole process: live on a terminal, elsewhere a line now and then."""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import length_hint
from typing import Any, TypeVar

from rich.console import Console
from rich.control import Control
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from ipml.errors import InputError
from ipml.guards.secrets import mask


class QuietableConsole(Console):
    """A console that shows texts as they stand: brackets in a path or a name are no markup, ``:a:`` is no picture.

    It can be told to print nothing; progress, which rich draws with control codes, is still shown.
    """

    silent = False
    header = ""
    """What stands above the first thing that is printed: a mistake that is found before has nothing above it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, **options)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, unless silent."""
        if objects and all(isinstance(found, Control) for found in objects):
            super().print(*objects, **options)
        elif not self.silent:
            self.show_header()
            # Before lines are broken: half a password would not be known for one.
            texts = [mask(found) if isinstance(found, str) else found for found in objects]
            super().print(*texts, **options)

    def show_header(self) -> None:
        """Print the header, if it is not there yet."""
        header, self.header = self.header, ""
        if header:
            self.print(header, highlight=False, soft_wrap=True)


# In a file or a pipe there is no width to ask for; tables and paths need more than the usual 80 columns.
console = QuietableConsole(width=None if sys.stdout.isatty() else 140)
Item = TypeVar("Item")

_progress = Progress(
    SpinnerColumn(),
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    console=console,
    transient=True,
    disable=not console.is_terminal,
)


class Reporter:
    """Where there is no terminal, says every half minute on standard error how far the process has come.

    A thread of its own speaks, so that a step that takes long inside a library is no silence. What takes less than
    half a minute says nothing, and standard output stays what the command prints.
    """

    seconds = 30.0
    muted = False  # in the worker processes of a study, whose parent speaks of all of them

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: list[str] = []
        self._done = threading.Event()
        self._begun = 0.0

    @contextmanager
    def reporting(self, description: str) -> Iterator[None]:
        """Report while the block runs; blocks inside of it are part of it."""
        with self._lock:
            if not self._users and not self.muted and not console.is_terminal:
                self._begun, self._done = time.monotonic(), threading.Event()
                threading.Thread(target=self._run, args=(self._done,), daemon=True).start()
            self._users.append(description)
        try:
            yield
        finally:
            with self._lock:
                self._users.remove(description)
                if not self._users:
                    self._done.set()

    def _run(self, done: threading.Event) -> None:
        while not done.wait(self.seconds):
            with self._lock:
                users = list(self._users)
            try:
                if users:
                    print(self._line(users[0]), file=sys.stderr, flush=True)
            except (OSError, ValueError):  # nobody reads it any more
                return

    def _line(self, outermost: str) -> str:
        parts = [task_in_words(task) for task in _progress.tasks]
        return f"{in_words(time.monotonic() - self._begun)} {'; '.join(parts) or f'{outermost}: working'}"


def task_in_words(task: Task) -> str:
    """Say how far a task is: what is done of what, how long it has taken, and about how long the rest will take."""
    text, elapsed = " ".join(task.description.split()), task.elapsed or 0.0
    if task.total is None:
        done = f"{task.completed:,.0f} done, " if task.completed else ""
        return f"{text}: {done}{in_words(elapsed)} so far"
    line = f"{text}: {task.completed:,.0f} of {task.total:,.0f} done, {in_words(elapsed)} so far"
    if not 0 < task.completed < task.total:
        return line
    return f"{line}, about {in_words(elapsed / task.completed * (task.total - task.completed))} left"


def in_words(seconds: float) -> str:
    """Write a time as ``3:07`` or ``1:03:07``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


reporter = Reporter()


@contextmanager
def quiet_console() -> Iterator[None]:
    """Keep what is printed off the screen while the block runs; progress is still shown."""
    before, console.silent = console.silent, True
    try:
        yield
    finally:
        console.silent = before


class Step:
    """A line of the progress display; without a task, one that nobody sees."""

    def __init__(self, task: TaskID | None) -> None:
        self._task = task

    def advance(self, count: int = 1, description: str | None = None) -> None:
        """Move on by ``count``; a description replaces the text shown."""
        if self._task is not None:
            _progress.update(self._task, advance=count, description=description)


_shows_progress: ContextVar[bool] = ContextVar("shows_progress", default=True)


@contextmanager
def without_progress() -> Iterator[None]:
    """Say nothing of progress, on a terminal or elsewhere, while the block (or the function that it decorates) runs."""
    token = _shows_progress.set(False)
    try:
        yield
    finally:
        _shows_progress.reset(token)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Step]:
    """Show one progress line while the block runs; lines of nested calls stand below each other."""
    if not _shows_progress.get():
        yield Step(None)
        return
    outermost = not _progress.tasks
    task = _progress.add_task(description, total=total)
    if outermost:
        console.show_header()
        _progress.start()
    try:
        with reporter.reporting(description):
            yield Step(task)
    finally:
        _progress.remove_task(task)
        if outermost:
            _progress.stop()


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Iterate over ``items`` with a progress line."""
    with progress(description, total or length_hint(items) or None) as step:
        for item in items:
            yield item
            step.advance()


def print_verdict(line: str, share: float, greatest: float) -> None:
    """Print that learning by heart passes; `InputError` where the share of the loss left is above the greatest."""
    if share > greatest:
        raise InputError(f"{line}: fail (at most {greatest:.1%}, debug.greatest_loss, passes)")
    console.print(f"{line}: pass", highlight=False)
