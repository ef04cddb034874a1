"""``ipml run study=…``: a whole study as a graph of stages; what is finished and unchanged is not run again."""

import importlib
import os

from omegaconf import DictConfig, OmegaConf

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(config: DictConfig) -> None:
    """Run the stages of the study that are not finished."""
    # Read when the libraries are imported. A stage takes one core and its figures do not depend on `workers`.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from ipml.cli.corpora import open_data
    from ipml.study.runner import run_study

    hashes: dict[str, str] = {}

    def corpus_hash(of_command: DictConfig) -> str:
        """Hash of the corpus of a command; the stages of a study mostly read the same one."""
        if "data" not in of_command:
            return ""
        key = OmegaConf.to_yaml(of_command.data, resolve=True)
        if key not in hashes:
            hashes[key] = open_data(of_command).info.hash
        return hashes[key]

    run_study(config, run_command, corpus_hash)


def run_command(command: str, config: DictConfig) -> None:
    """Run a command with its configuration; worker processes import it from here."""
    importlib.import_module(f"ipml.cli.{command}").run(config)
