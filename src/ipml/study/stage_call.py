"""A call of a stage: what an executor is handed, how the call is run, and what comes back."""

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ipml.errors import GroupTooSmallError, InputError
from ipml.guards.failures import explain_failure
from ipml.guards.secrets import mask
from ipml.provenance import of_command
from ipml.settings import CommandSettings
from ipml.study import memory

RunCommand = Callable[[str, CommandSettings], None]


@dataclass(frozen=True)
class StageCall:
    """A command to run with its settings.

    Attributes
    ----------
    log
        File that takes what it prints.
    line
        The same as a command line, which its runs keep.
    """

    label: str
    command: str
    settings: CommandSettings
    log: str
    line: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Attributes
    ----------
    failed, left_out
        Why, in one line; both are empty for a stage that is done.
    memory
        Peak memory of its process, GiB; 0 where it is not known.
    killed
        Whether the process was killed from outside, as a system short of memory does.
    """

    seconds: float = 0.0
    memory: float = 0.0
    failed: str = ""
    left_out: str = ""
    killed: bool = False


@dataclass(frozen=True)
class LastStage:
    """The last stage of a finished study, and the run that it made; empty if it made none."""

    command: str
    settings: CommandSettings
    words: Sequence[str]
    run_id: str


class Executor(Protocol):
    """Runs calls somewhere, as many at a time as it has room for: all that a schedule knows of how stages run."""

    @property
    def has_room(self) -> bool:
        """Whether another call can be submitted now."""

    def submit(self, call: StageCall) -> None:
        """Start a call."""

    def next_outcome(self) -> tuple[StageCall, Outcome]:
        """Wait until one of the submitted calls has ended."""


def perform(call: StageCall, run_command: RunCommand) -> Outcome:
    """Run a call in this process; only an interrupt comes through, everything else is told in the outcome."""
    begun = time.monotonic()
    failed = left_out = ""
    memory.reset_peak()
    try:
        with of_command(call.line):
            run_command(call.command, call.settings)
    except GroupTooSmallError as error:
        left_out = str(error)
    except InputError as error:
        failed = str(error)
    except Exception as error:
        # The disk may be full.
        with suppress(OSError), open(call.log, "a", encoding="utf-8", newline="\n") as stream:
            stream.write(mask(traceback.format_exc()))
        reason = mask(" ".join(str(error).split()))
        failed = explain_failure(error) or f"{type(error).__name__}: {reason[:300]} (all of it in {call.log})"
    return Outcome(time.monotonic() - begun, memory.peak(), failed, left_out)
