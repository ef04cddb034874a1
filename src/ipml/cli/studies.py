"""``ipml run`` and ``ipml sweep``: commands that run others, and are handed how."""

import json
import os
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from ipml.cli.dispatch import as_config, run_command
from ipml.cli.train import train
from ipml.errors import InputError

if TYPE_CHECKING:
    from ipml.study.settings import RunSettings
    from ipml.sweeps.settings import SweepSettings

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(settings: "RunSettings") -> None:
    """Run the stages of the study that are not finished."""
    # Read when the libraries are imported. A stage takes one core and its figures do not depend on `workers`.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    from ipml.cli.corpora import open_data
    from ipml.study.runner import run_study

    hashes: dict[str, str] = {}

    def corpus_hash(of_command: Any) -> str:
        """Hash of the corpus of a command; the stages of a study mostly read the same one."""
        plain: Any = (
            OmegaConf.to_container(of_command, resolve=True) if isinstance(of_command, DictConfig) else None
        )
        data = (of_command.model_dump() if plain is None else plain).get("data")
        if data is None:
            return ""
        key = json.dumps(data, sort_keys=True)
        if key not in hashes:
            hashes[key] = open_data(of_command).info.hash
        return hashes[key]

    run_study(as_config(settings), run_command, corpus_hash)


def sweep(settings: "SweepSettings") -> None:
    """Hand the training command down to the sweep, with the overrides that all trials share.

    Raises
    ------
    InputError
        With ``debug``, whose keys would stand above those that are searched.
    """
    if settings.debug is not None:
        raise InputError(
            f"debug={settings.debug.name}: not in a sweep; set single keys, as model.max_epochs=1"
        )
    from hydra.core.hydra_config import HydraConfig

    from ipml.cli.corpora import open_data
    from ipml.sweeps.stage import sweep as search

    overrides = list(HydraConfig.get().overrides.task)
    search(as_config(settings), overrides, open_data(settings).info, train)
