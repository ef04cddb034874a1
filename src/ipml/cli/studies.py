"""``ipml run`` and ``ipml sweep``: commands that run others, and are handed how."""

import os
from typing import TYPE_CHECKING

from ipml.cli.dispatch import open_corpus, run_command
from ipml.cli.train import train
from ipml.settings import CommandSettings, Data

if TYPE_CHECKING:
    from ipml.study.settings import RunSettings
    from ipml.study.stage_call import LastStage
    from ipml.sweeps.settings import SweepSettings
    from ipml.tracking import Workspace

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(settings: "RunSettings", workspace: "Workspace") -> "LastStage | None":
    """Run the stages of the study that are not finished; returns the last one."""
    # Read when the libraries are imported. A stage takes one core and its figures do not depend on `workers`.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from ipml.study.runner import run_study

    hashes: dict[str, str] = {}

    def corpus_hash(of_command: CommandSettings) -> str:
        """Hash of the corpus of a command; the stages of a study mostly read the same one."""
        data = getattr(of_command, "data", None)
        if not isinstance(data, Data):
            return ""
        key = data.model_dump_json()
        if key not in hashes:
            hashes[key] = open_corpus(data).info.hash
        return hashes[key]

    return run_study(settings, workspace, run_command, corpus_hash)


def sweep(settings: "SweepSettings", workspace: "Workspace") -> None:
    """Hand the training command down to the sweep, with the overrides that all trials share."""
    from ipml.config import given_overrides
    from ipml.sweeps.stage import sweep as search

    search(settings, workspace, given_overrides(), open_corpus(settings.data).info, train)
