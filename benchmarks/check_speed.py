"""The check of what is on disk when it is opened: seconds a GB (10^9 bytes), once a process.

A file of random bytes is checked as those of a corpus or of a table of word vectors are, twice in one process; the
figure is the CPU time of the first, which threads share. The file is read from memory: a slow disk adds its own time.
Options: ``megabytes=N`` (default: 1000), ``threads=N`` (one for each core, at most 8).
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import count, refuse_others
from benchmarks.result import report
from ipml import checksums
from ipml.console import console

NAME = "check_speed"
_SEED = 0


def run(options: dict[str, str]) -> Measured:
    """Write the file and check it twice; the figure is the CPU time of the first time."""
    megabytes = count(options, "megabytes", 1000)
    threads = count(options, "threads", min(os.cpu_count() or 1, checksums.MOST_THREADS))
    refuse_others(options, ["megabytes", "threads"])
    generator = np.random.default_rng(_SEED)
    checksums.MOST_THREADS = threads
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "vectors.npy"
        with path.open("wb") as stream:
            for _ in range(megabytes):
                stream.write(generator.bytes(10**6))
        rows = {"write the checksums": measure(lambda: checksums.write_checksums(folder, [path.name]))}
        os.utime(path)  # so that what is known of the file does not count
        rows["check, first time"] = measure(lambda: checksums.check_files(folder, ""))
        rows["check, next time"] = measure(lambda: checksums.check_files(folder, ""))
    table = Table("", "CPU s a GB", "wall s a GB", title=f"{megabytes:,} MB, {threads} threads")
    for title, (cpu, wall) in rows.items():
        table.add_row(title, f"{1000 * cpu / megabytes:.3f}", f"{1000 * wall / megabytes:.3f}")
    console.print(table)
    first = rows["check, first time"][0]
    report(NAME, round(1000 * first / megabytes, 2), "CPU seconds a GB", 1, n=megabytes, seed=_SEED)
    figures = [
        Figure(f"checks/{title}/CPU s a GB", 1000 * cpu / megabytes, n=megabytes, unit="s")
        for title, (cpu, _) in rows.items()
    ]
    return Measured("files", figures, str(_SEED))


def measure(action: Callable[[], None]) -> tuple[float, float]:
    """CPU and wall seconds of an action."""
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall
