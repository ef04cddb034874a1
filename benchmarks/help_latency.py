"""Time from ``python train.py --help`` to its end, beside a bare Python and one that imports Hydra.

Each is started anew, in turns, so that a busy moment does not fall on one alone. The figure is the median. The first
round is not counted: it may read the files from the disk. Options: ``runs=N`` (default: 20).
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.table import Table

from benchmarks.options import count, refuse_others
from benchmarks.result import machine, report
from ipml.console import console, track
from ipml.errors import InputError

NAME = "help_latency"
TARGET = 1.5  # seconds
_ROOT = Path(__file__).resolve().parents[1]
HELP = "python train.py --help"
COMMANDS = {
    HELP: [str(_ROOT / "train.py"), "--help"],
    "python -c pass": ["-c", "pass"],
    "python -c 'import hydra'": ["-c", "import hydra"],
}


def run(options: dict[str, str]) -> None:
    """Start each command in turns and print minimum, median and maximum."""
    n_runs = count(options, "runs", 20)
    refuse_others(options, ["runs"])
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in track(range(n_runs + 1), "starts"):
        for name, arguments in COMMANDS.items():
            took = wall_seconds(name, arguments)
            if number:
                seconds[name].append(took)
    console.print(result_table(seconds))
    console.print(machine(), highlight=False)
    bare = statistics.median(seconds["python -c pass"])
    value = statistics.median(seconds[HELP])
    report(NAME, round(value, 3), "s", target=TARGET, peer=round(bare, 3), n=n_runs)


def wall_seconds(name: str, arguments: list[str]) -> float:
    """Wall seconds of one process from start to end."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise InputError(f"{name}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return took


def result_table(seconds: dict[str, list[float]]) -> Table:
    """Table for the screen: a line for each command, the ratio is of medians, to the help."""
    table = Table("command", "least, s", "median, s", "most, s", "help takes so many times that")
    of_help = statistics.median(seconds[HELP])
    for name, values in seconds.items():
        median = statistics.median(values)
        table.add_row(
            name, f"{min(values):.3f}", f"{median:.3f}", f"{max(values):.3f}", f"{of_help / median:.1f}"
        )
    return table
