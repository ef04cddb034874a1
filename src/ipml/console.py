"""One console and one live progress display for the whole process."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import length_hint
from typing import Any, TypeVar

from rich.console import Console
from rich.control import Control
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from ipml.errors import InputError
from ipml.secrets import mask


class QuietableConsole(Console):
    """A console that can be told to print nothing; progress, which rich draws with control codes, is still shown."""

    silent = False

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, unless silent."""
        if not self.silent or all(isinstance(found, Control) for found in objects):
            # Before lines are broken: half a password would not be known for one.
            texts = [mask(found) if isinstance(found, str) else found for found in objects]
            super().print(*texts, **options)


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


@contextmanager
def quiet_console() -> Iterator[None]:
    """Keep what is printed off the screen while the block runs; progress is still shown."""
    before, console.silent = console.silent, True
    try:
        yield
    finally:
        console.silent = before


class Step:
    """A line of the progress display."""

    def __init__(self, task: TaskID) -> None:
        self._task = task

    def advance(self, count: int = 1, description: str | None = None) -> None:
        """Move on by ``count``; a description replaces the text shown."""
        _progress.update(self._task, advance=count, description=description)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Step]:
    """Show one progress line while the block runs; lines of nested calls stand below each other."""
    outermost = not _progress.tasks
    task = _progress.add_task(description, total=total)
    if outermost:
        _progress.start()
    try:
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
