"""How much memory there is, and how much a stage takes."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psutil

from ipml.settings import CommandSettings

GIB = 2**30
SHARE = 0.8  # of the available memory that a study may take by itself
_PROGRAM = 1.2  # GiB of a stage with all libraries, at first
_FILES = 4  # times the size of the files that a configuration names, at first
_GROUP = Path("/sys/fs/cgroup")


def bound(wanted: Literal["auto"] | float) -> float:
    """Choose the memory in GiB that the stages of a study may take together: ``memory`` of the configuration."""
    return SHARE * available() if wanted == "auto" else float(wanted)


def available() -> float:
    """Return the available memory in GiB, of the machine and of the control group that the process is in."""
    of_machine = psutil.virtual_memory().available / GIB
    try:
        limit, used = (int((_GROUP / f"memory.{name}").read_text("utf-8")) for name in ("max", "current"))
    except (OSError, ValueError):  # no control groups, or no limit
        return of_machine
    return min(of_machine, max((limit - used) / GIB, 0.0))


def reset_peak() -> None:
    """Begin to measure anew; where the system cannot, the peak is that of the process's whole life."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8", newline="\n")


def peak() -> float:
    """Return the peak memory of this process in GiB since `reset_peak`; without ``/proc``, as much as psutil knows."""
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 2**20
    except (OSError, StopIteration):
        used = psutil.Process().memory_info()
        return float(getattr(used, "peak_wset", used.rss)) / GIB


def estimate(settings: CommandSettings) -> float:
    """Estimate the memory in GiB of a stage that has never run: of the program, and of the files its settings name."""
    own = settings.model_dump(exclude={"paths", "tracking"})
    return _PROGRAM + _FILES * sum(map(_size, set(_texts(own)))) / GIB


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _size(text: str) -> int:
    try:
        path = Path(text)
        if not path.is_absolute():
            return 0
        return sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*")))
    except OSError:  # a name too long for a file, a file that went away
        return 0
