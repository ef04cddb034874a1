"""Commands for worker processes, which import them from here: what one does stands in its overrides."""

import os
import signal
import time
from pathlib import Path

from ipml.console import console
from ipml.errors import GroupTooSmallError, InputError
from ipml.settings import CommandSettings


def no_corpus(settings: CommandSettings) -> str:
    return ""


def run_command(command: str, settings: CommandSettings) -> None:
    """Do what the tag ``do`` says; write when it began and ended into the folder of the tag ``into``."""
    do, into = settings.tracking.tags.get("do", "").split(", "), Path(settings.paths.runs)
    name = f"{command}-{settings.country.name}" if hasattr(settings, "country") else command
    (into / f"{name}.begun").write_text(f"{os.getpid()} {time.monotonic()}")
    console.print(f"{name} begins")
    if f"crash {name}" in do:
        raise RuntimeError("out of\norder")
    if f"refuse {name}" in do:
        raise InputError("x=1: not allowed")
    if f"leave out {name}" in do:
        raise GroupTooSmallError(f"{name}: 3 firms, 30 needed")
    if f"kill {name}" in do:
        os.kill(os.getpid(), signal.SIGKILL)
    if f"hang {name}" in do:
        time.sleep(120)
    time.sleep(0.3)
    console.print(f"{name} ends")
    (into / f"{name}.ended").write_text(str(time.monotonic()))
