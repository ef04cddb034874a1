"""What a study says: its graph beforehand, its stages as they end, its result afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from ipml.console import console
from ipml.errors import InputError
from ipml.study import memory
from ipml.study.graph import Stage
from ipml.study.settings import RunSettings


@dataclass
class Progress:
    """How far a study has come, by label; reasons in one line, the peak memory of a process in GiB."""

    done: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    peak: float = 0.0

    def say_kept(self, label: str) -> None:
        """Say that a stage is kept."""
        console.print(f"kept      {label}", style="dim", highlight=False)

    def say_done(self, label: str, seconds: float) -> None:
        """Say that a stage is done."""
        console.print(f"done      {label} ({seconds:.1f} s)", highlight=False)

    def say_left_out(self, label: str, reason: str) -> None:
        """Say that the group of a stage is too small."""
        console.print(f"left out  {label}: {reason}", highlight=False)

    def say_failed(self, label: str, reason: str) -> None:
        """Say that a stage failed."""
        console.print(f"failed    {label}: {reason}", highlight=False, soft_wrap=True)


def print_graph(stages: Sequence[Stage], reasons: Mapping[str, str], study: str) -> None:
    """Print every stage with what it needs, and whether and why it would run."""
    numbers = {stage.label: number for number, stage in enumerate(stages, start=1)}
    table = Table("", "stage", "needs", "name", "", "why", title=f"study {study}, nothing is run")
    for stage in stages:
        reason = reasons.get(stage.label)
        needs = " ".join(str(numbers[need]) for need in stage.needs if need in numbers)
        what = ("keep", "unchanged") if reason is None else ("run", reason)
        table.add_row(str(numbers[stage.label]), stage.label, needs, stage.name, *what)
    console.print(table)
    kept = len(stages) - len(reasons)
    console.print(f"{len(reasons)} of {len(stages)} stages would run, {kept} are kept", highlight=False)


def print_summary(settings: RunSettings, seconds: float, progress: Progress) -> None:
    """Print what was left out, time and memory.

    Raises
    ------
    InputError
        If a stage failed: which and why, what was not run because of it, and how to go on.
    """
    study, peak = settings.study.name, max(progress.peak, memory.peak())
    for reason in progress.left_out:
        console.print(f"left out: {reason}", highlight=False)
    console.print(f"study {study}: {seconds:.0f} s, peak memory of a process {peak:.2f} GiB", highlight=False)
    if progress.failed:
        failed = "; ".join(f"stage `{label}`: {reason}" for label, reason in progress.failed.items())
        not_run = ", ".join(f"`{label}`" for label in progress.not_run)
        behind = f"; not run because of that: {not_run}" if not_run else ""
        raise InputError(f"{failed}{behind} (finished stages are kept: run the same command again)")
