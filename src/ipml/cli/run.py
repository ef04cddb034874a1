"""``ipml run study=…``: a whole study as a graph of stages; what is finished and unchanged is not run again."""

import importlib
import os
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from ipml.settings import CommandSettings

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(config: DictConfig) -> None:
    """Run the stages of the study that are not finished."""
    # Read when the libraries are imported. A stage takes one core and its figures do not depend on `workers`.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from ipml.cli.corpora import open_data
    from ipml.config import read_settings
    from ipml.settings import CommandSettings, Data
    from ipml.study.runner import run_study
    from ipml.study.settings import RunSettings
    from ipml.tracking import Workspace

    hashes: dict[str, str] = {}

    def corpus_hash(of_command: CommandSettings) -> str:
        """Hash of the corpus of a command; the stages of a study mostly read the same one."""
        data = getattr(of_command, "data", None)
        if not isinstance(data, Data):
            return ""
        key = data.model_dump_json()
        if key not in hashes:
            hashes[key] = open_data(OmegaConf.create(of_command.model_dump())).info.hash
        return hashes[key]

    settings = read_settings(config, "run")
    assert isinstance(settings, RunSettings)  # noqa: S101 - of the command
    run_study(settings, Workspace.of(settings), run_command, corpus_hash)


def run_command(command: str, settings: "CommandSettings") -> None:
    """Run a command with its settings; worker processes import it from here."""
    importlib.import_module(f"ipml.cli.{command}").run(OmegaConf.create(settings.model_dump()))
