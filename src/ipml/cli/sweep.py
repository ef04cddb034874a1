"""``ipml sweep model=… country=… sweep=…``: search for the best configuration of a training."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Hand the training command down to the sweep, with the overrides that all trials share."""
    from hydra.core.hydra_config import HydraConfig

    from ipml.cli import train
    from ipml.cli.corpora import open_data
    from ipml.sweeps import sweep

    overrides = list(HydraConfig.get().overrides.task)
    sweep(config, overrides, open_data(config).info, train.run)
