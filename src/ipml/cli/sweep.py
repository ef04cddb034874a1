"""``ipml sweep model=… country=… sweep=…``: search for the best configuration of a training."""

from omegaconf import DictConfig

from ipml.errors import InputError


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

    from ipml.cli import train
    from ipml.cli.corpora import open_data
    from ipml.sweeps.stage import sweep

    overrides = list(HydraConfig.get().overrides.task)
    sweep(config, overrides, open_data(config).info, train.train)
