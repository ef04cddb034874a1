"""A study killed in each of its stages and run again, against one that was never killed.

A small study of the simulated world runs once undisturbed. Then, for every stage, it runs from an empty folder on and
is killed (signal 9), once at a random moment within the stage and once right at the stage's end; the same command goes
on. Compared are the registered versions with the hashes of their files, and the rows of the evaluation.
Some 20 kills, half a minute each on two free cores. Options: ``kills=N`` (that many, spread over the
stages; default: all), ``workers=N`` (default: 2), ``seed=N`` (of the moments, default: 0).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.options import count, numbers, refuse_others
from benchmarks.result import report
from ipml.config import compose_settings
from ipml.console import console, track
from ipml.errors import InputError
from ipml.files import read_json
from ipml.tracking import Workspace
from ipml.tracking.registry import HASH_TAG

NAME = "resume_equal"
STUDY = (
    "study.stages=[{name: classifier, command: train, each: {country: [JP, US]}, overrides: ['model=dual_attn', "
    "'model.n_folds=2', 'model.max_epochs=2', 'model.controls=false']}, "
    "{command: keywords, each: {country: [JP, US]}, needs: [classifier]}, "
    "{name: alignment, command: train, overrides: ['model=alignment', 'country=JP'], needs: []}, "
    "{command: vectors, each: {country: [JP, US]}, needs: [keywords, alignment]}, "
    "{name: mapping, command: train, each: {country: [JP, US]}, needs: [vectors], "
    "overrides: ['model=mapping', 'firm_type=established']}, "
    "{command: promote, needs: [classifier, alignment, mapping], overrides: ['force=true']}, "
    "{command: evaluate, needs: [promote]}]"
)
WORLD = {"scale": 0, "min_group": 40, "min_without_patents": 40, "pages.mean": 3, "pages.max": 6}
WORLD |= {"pages.median_tokens": 120, "firms.industries": 2}
_END = "right at its end"


@dataclass(frozen=True)
class Result:
    """What is left of a study: hashes of its registered versions, and the rows of its evaluation."""

    models: dict[str, str]
    rows: bytes


def run(options: dict[str, str]) -> None:
    """Run the study undisturbed and killed; the figure is the share of kills after which all is equal."""
    workers, (seed,) = count(options, "workers", 2), numbers(options, "seed", "0")
    wanted = count(options, "kills", 10**6)
    refuse_others(options, ["kills", "workers", "seed"])
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as name:
        # Always the same folder: models name the files that they were made from.
        home, data = Path(name) / "home", Path(name) / "data"
        finish(home, workers)
        expected, state = result(home), read_json(home / "runs" / "study-demo" / "state.json")
        stages = sorted(state, key=list(started(home)).index)
        shutil.move(home / "data", data)
        shutil.rmtree(home)
        moments = [(stage, share) for stage in stages for share in (float(generator.uniform(0.1, 0.9)), 1.0)]
        if wanted < len(moments):
            moments = [moments[i] for i in np.linspace(0, len(moments) - 1, wanted).round().astype(int)]
        table = Table("stage", "killed after", "models", "rows", title="Killed and run again")
        equal = 0
        for stage, share in track(moments, "killing"):
            shutil.copytree(data, home / "data")
            wait = None if share == 1.0 else share * state[stage]["seconds"]
            when = kill(home, workers, stage, wait)
            finish(home, workers)
            found = result(home)
            same = found.models == expected.models, found.rows == expected.rows
            equal += all(same)
            table.add_row(stage, when, *("equal" if one else "differ" for one in same))
            shutil.rmtree(home)
    console.print(table)
    report(NAME, equal / len(moments), "share of kills", 1.0, n=len(moments), seed=seed)


def arguments(workers: int) -> list[str]:
    """Command of the study."""
    world = json.dumps([f"data.world.{key}={value}" for key, value in WORLD.items()])
    code = "import sys; from ipml.cli import main; sys.exit(main())"
    return [
        sys.executable,
        "-c",
        code,
        "run",
        "study=demo",
        STUDY,
        f"workers={workers}",
        f"overrides={world}",
    ]


def finish(home: Path, workers: int) -> None:
    """Run the study to its end."""
    done = subprocess.run(
        arguments(workers), env=environment(home), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise InputError(f"the study failed: {done.stderr.strip().splitlines()[-1]}")


def kill(home: Path, workers: int, stage: str, wait: float | None) -> str:
    """Start the study and kill it ``wait`` seconds into a stage, or at its end; returns when that was."""
    process = subprocess.Popen(
        arguments(workers), env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    event = "ended" if wait is None else "started"
    while stage not in started(home, event) and process.poll() is None:
        time.sleep(0.002)
    time.sleep(wait or 0)
    process.kill()
    process.wait()
    return _END if wait is None else f"{wait:.1f} s"


def started(home: Path, event: str = "started") -> dict[str, float]:
    """Moments of an event by stage, from the study's journal."""
    journal = home / "runs" / "study-demo" / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.is_file() else []
    return {line["stage"]: line["time"] for line in map(json.loads, lines) if line["event"] == event}


def result(home: Path) -> Result:
    """Read what a finished study has left."""
    client = Workspace(compose_settings("registry", [f"paths.root={home}"])).client
    models = {f"{v.name}/{v.version}": v.tags[HASH_TAG] for v in client.search_model_versions()}
    newest = max((home / "runs" / "evaluate").glob("*/results.csv"))
    return Result(models, newest.read_bytes())


def environment(home: Path) -> dict[str, str]:
    """Environment of a process whose data, runs and models lie in ``home``."""
    return {**os.environ, "IPML_HOME": str(home)}
