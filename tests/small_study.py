"""The demo's study on the smallest world that has all groups: run once a session, read by whoever needs a finished one.

Tests that use the fixture `small_study` belong to the group `GROUP`, so that one worker runs them all. They may add
runs and models, and leave the champions as they are.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ipml.cli import main

TINY = [
    "data.world.scale=0",
    "data.world.min_group=40",
    "data.world.min_without_patents=40",
    "data.world.pages.mean=3",
    "data.world.pages.max=6",
    "data.world.pages.median_tokens=120",
    "data.world.firms.industries=2",
]
# So few firms teach too little for the diagnostics, which `promote` asks.
STUDY = ["run", "study=demo", f"overrides={json.dumps([*TINY, 'force=true'])}"]
GROUP = "small study"


class Done(NamedTuple):
    """Exit code of a command, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def command(home: Path, *words: str) -> Done:
    """Run a command in this process: importing PyTorch and MLflow into another takes longer than most commands."""
    printed, said = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPML_HOME", str(home))
        patch.chdir(home)
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            code = main(words)
    return Done(code, printed.getvalue(), said.getvalue())


def in_a_process(home: Path, *words: str) -> Done:
    """Run a command as a user does."""
    code = "import sys; from ipml.cli import main; sys.exit(main())"
    environment = {**os.environ, "IPML_HOME": str(home), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


class SmallStudy(NamedTuple):
    """IPML_HOME of the finished study, and what it printed."""

    home: Path
    printed: str


def run_study(home: Path) -> SmallStudy:
    """Run the study from nothing, with its worker processes."""
    done = in_a_process(home, *STUDY)
    assert done.returncode == 0, done.stderr
    return SmallStudy(home, done.stdout)
