"""``ipml sweep model=… country=… sweep=…``: search for the best configuration of a training."""

from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from ipml.errors import InputError

if TYPE_CHECKING:
    from ipml.settings import TrainSettings
    from ipml.tracking import TrainedModel


def run(config: DictConfig) -> None:
    """Hand the training command down to the sweep, with the overrides that all trials share.

    Raises
    ------
    InputError
        With ``debug``, whose keys would stand above those that are searched.
    """
    if (debug := config.get("debug")) is not None:
        raise InputError(f"debug={debug.name}: not in a sweep; set single keys, as model.max_epochs=1")
    from hydra.core.hydra_config import HydraConfig

    from ipml.cli.corpora import open_data
    from ipml.config import read_settings
    from ipml.sweeps.settings import SweepSettings
    from ipml.sweeps.stage import sweep
    from ipml.tracking import Workspace

    overrides = list(HydraConfig.get().overrides.task)
    settings = read_settings(config, "sweep", overrides)
    assert isinstance(settings, SweepSettings)  # noqa: S101 - of the command
    sweep(settings, Workspace.of(settings), overrides, open_data(config).info, train)


def train(settings: "TrainSettings") -> "TrainedModel":
    """Train as ``ipml train`` does."""
    from ipml.cli.train import train

    return train(OmegaConf.create(settings.model_dump()))
