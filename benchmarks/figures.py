"""Figures as files: what benchmarks and studies measured, kept in ``experiments/*/figures.json``.

A file lists measurements (command, seed, commit, corpus, machine, date) and figures, each with the measurement it comes
from. Pages show figures of these files alone: see `benchmarks.pages`.
"""

import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from benchmarks.result import machine
from ipml.errors import InputError
from ipml.files import code_fingerprint, read_json, write_json

EXPERIMENTS = Path(__file__).resolve().parents[1] / "experiments"
FILE = "figures.json"
_CODE = ("src", "conf", "benchmarks")
TIMINGS = ("s", "ratio", "GB")  # units of what depends on the machine
_TIMES_MORE = 1.5  # a timing moved if it is so many times longer or shorter
_DIGITS = 3  # a figure without interval moved if it differs in these


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    name
        As the pages name it: words with slashes between, ``angles/measured P and T/debiased``.
    value
        What was measured; None where only a range was.
    low, high
        Ends of its interval, or of the range.
    n
        Number of cases.
    unit
        ``degrees``, ``share``, ``s`` and so on.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""


@dataclass(frozen=True)
class Measurement:
    """Where figures come from.

    Attributes
    ----------
    command
        That measured them; paths are left out.
    seed
        Seed or seeds.
    commit
        Of the code; with ``+changes`` where files differ from it.
    code
        Hash of the package's source; None where it is not known.
    corpus
        Hash of the corpus; None without one.
    machine
        Processor and cores.
    date
        Day, as ``2026-11-30``.
    from_page
        The figures were not written by the command but taken from the page as it was at that commit.
    """

    command: str
    seed: str
    commit: str
    corpus: str | None
    machine: str
    date: str
    code: str | None = None
    from_page: bool = False


@dataclass(frozen=True)
class Measured:
    """What a benchmark gives back to be kept: figures of an experiment, seed and corpus behind them."""

    experiment: str
    figures: Sequence[Figure]
    seed: str
    corpus: str | None = None


@dataclass
class FiguresFile:
    """Figures of an experiment by name, each with its measurement.

    Attributes
    ----------
    path
        ``experiments/EXPERIMENT/figures.json``.
    figures
        By name.
    """

    path: Path
    figures: dict[str, tuple[Figure, Measurement]] = field(default_factory=dict)

    @classmethod
    def read(cls, experiment: str, folder: Path = EXPERIMENTS) -> "FiguresFile":
        """Read the file of an experiment; an empty one where there is none yet.

        Raises
        ------
        InputError
            If there is no such experiment, or the file is not what `write` wrote.
        """
        path = folder / experiment / FILE
        if not path.parent.is_dir():
            raise InputError(f"experiment={experiment}: no folder {path.parent}")
        found = cls(path)
        if path.exists():
            content = read_json(path)
            try:
                measurements = {key: Measurement(**values) for key, values in content["measurements"].items()}
                for values in content["figures"]:
                    measurement = measurements[values.pop("measurement")]
                    found.figures[values["name"]] = Figure(**values), measurement
            except (KeyError, TypeError, AttributeError) as error:
                raise InputError(f"{path}: not a file of figures: {error}") from None
        return found

    def put(self, figures: Iterable[Figure], measurement: Measurement) -> None:
        """Put figures in place of those of the same names."""
        for figure in figures:
            self.figures[figure.name] = figure, measurement

    def replace(self, figures: Sequence[Figure], measurement: Measurement) -> list[str]:
        """Put figures, and take away those that the same command gave before and no more; returns their names."""
        given = {figure.name for figure in figures}
        gone = [
            name
            for name, (_, earlier) in self.figures.items()
            if earlier.command == measurement.command and name not in given
        ]
        for name in gone:
            del self.figures[name]
        self.put(figures, measurement)
        return gone

    def write(self) -> None:
        """Write the file: measurements by number in the order of their figures, then the figures by name."""
        order = list(dict.fromkeys(measurement for _, measurement in self.figures.values()))
        keys = {measurement: str(number) for number, measurement in enumerate(order, 1)}
        figures = [
            {**_given(asdict(figure)), "measurement": keys[measurement]}
            for figure, measurement in self.figures.values()
        ]
        write_json(
            self.path,
            {
                "measurements": {keys[measurement]: _given(asdict(measurement)) for measurement in order},
                "figures": figures,
            },
        )


def measurement_of(measured: Measured, benchmark: str, options: Mapping[str, str]) -> Measurement:
    """Say how figures were measured just now.

    Parameters
    ----------
    measured
        What the benchmark gave back.
    benchmark, options
        Its name and its options as they were given.
    """
    given = [f"{key}={_without_path(value)}" for key, value in options.items()]
    return Measurement(
        command=shlex.join(["python", "-m", "benchmarks", benchmark, *given]),
        seed=measured.seed,
        commit=_commit(),
        corpus=measured.corpus,
        machine=machine(),
        date=datetime.now(UTC).date().isoformat(),
        code=code_fingerprint(),
    )


def moved(old: Figure, new: Figure) -> bool:
    """Whether a figure differs from what it was by more than its interval says.

    With an interval: the new value is outside of the old one. Timings: by half and more. Others: in three digits.
    """
    if new.value is None or old.value is None:
        return (old.low, old.high) != (new.low, new.high)
    if old.low is not None and old.high is not None:
        return not old.low <= new.value <= old.high
    if new.unit in TIMINGS:
        return not 1 / _TIMES_MORE <= _ratio(new.value, old.value) <= _TIMES_MORE
    if (
        round(new.value, len(str(old.value).partition(".")[2])) == old.value
    ):  # which a page gave with so many digits
        return False
    return f"{old.value:.{_DIGITS}g}" != f"{new.value:.{_DIGITS}g}"


def changes(file: FiguresFile, figures: Iterable[Figure]) -> list[str]:
    """Say what moved by more than its interval, and what is new: a line each."""
    lines = []
    for figure in figures:
        if figure.name not in file.figures:
            lines.append(f"new: {figure.name}: {shown(figure)}")
        elif moved(file.figures[figure.name][0], figure):
            lines.append(f"moved: {figure.name}: {shown(file.figures[figure.name][0])} → {shown(figure)}")
    return lines


def shown(figure: Figure) -> str:
    """Value and interval in a few characters, to print."""
    interval = "" if figure.low is None else f"[{figure.low:.4g}, {figure.high:.4g}]"
    value = "" if figure.value is None else f"{figure.value:.4g}"
    return " ".join(part for part in (value, interval, figure.unit) if part)


def share(name: str, hits: npt.ArrayLike) -> Figure:
    """Share of cases that are true, with Wilson's 95 % interval."""
    cases = np.asarray(hits, dtype=bool)
    interval = binomtest(int(cases.sum()), len(cases)).proportion_ci(method="wilson")
    return Figure(name, float(cases.mean()), float(interval.low), float(interval.high), len(cases), "share")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Fields that say something, numbers with the digits that matter."""
    defaults = {item.name: item.default for kind in (Figure, Measurement) for item in fields(kind)}
    kept = {key: value for key, value in values.items() if key == "value" or value != defaults[key]}
    return {key: float(f"{value:.6g}") if isinstance(value, float) else value for key, value in kept.items()}


def _ratio(new: float, old: float) -> float:
    return new / old if old else (1.0 if not new else float("inf"))


def _without_path(value: str) -> str:
    return "PATH" if "/" in value or Path(value).exists() else value


def _commit() -> str:
    """The first ten characters of the commit, and whether code that measures differs from it."""
    git = ["git", "-C", str(EXPERIMENTS.parent)]
    try:
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        same = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", *_CODE], check=False).returncode == 0
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip()[:10] + ("" if same else "+changes")
