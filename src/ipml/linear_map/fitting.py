"""Fits a configured linear map with a quiet Lightning trainer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import Logger

from ipml.console import Step, progress
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.lightning_module import GradientMap, LinearMap
from ipml.linear_map.settings import LinearMap as LinearMapSettings
from ipml.linear_map.solvers import Matrix
from ipml.quiet import quiet_lightning
from ipml.settings import Trainer
from ipml.statistics.angles import cosines
from ipml.targets import make


@dataclass(frozen=True)
class FittedMap:
    """A fitted matrix of shape (e, d), its metrics by name, and what the solver found on its way.

    ``search_matrix``, shape (r, e), is there where a solver wants both sides of a search to go through it.
    """

    matrix: Matrix
    metrics: dict[str, float]
    figures: dict[str, float]
    search_matrix: Matrix | None = None


def fit_linear_map(
    settings: LinearMapSettings,
    trainer: Trainer,
    data: PairsData,
    description: str,
    loggers: Sequence[Logger] = (),
    on_epoch: Callable[[float, int], None] | None = None,
    start: Matrix | None = None,
) -> FittedMap:
    """Fit, validate and test the linear map that ``conf/linear_map`` describes.

    Parameters
    ----------
    settings
        The solver and how long it runs; ``patience`` counts epochs without a lower validation loss, or what else the
        solver monitors.
    trainer
        Group ``trainer``; of several processes, as by ``ddp``, a map takes one.
    data
        The pairs; takes its batch size from the settings.
    loggers
        Of the epochs.
    on_epoch
        Called with the mean cosine of the validation pairs and the number of each epoch.
    start
        Matrix of shape (e, d) that a `GradientMap` starts from.

    Raises
    ------
    InputError
        If early stopping is asked for without validation pairs.
    """
    if settings.patience is not None and data.validation is None:
        raise InputError(
            f"model.map.patience={settings.patience}: early stopping needs validation pairs; "
            "set model.validation_share above 0"
        )
    data.batch_size = settings.batch_size
    module: LinearMap = make("model.map.module", settings.module, *data.dimensions)
    if start is not None and isinstance(module, GradientMap):  # the settings let no other one have it
        module.start_from(start)
    with quiet_lightning(), progress(description, settings.max_epochs) as step:
        callbacks: list[Callback] = [EpochProgress(step)]
        if settings.patience is not None:
            callbacks.append(EarlyStopping(module.monitored, patience=settings.patience))
        if on_epoch is not None:
            callbacks.append(EpochReport(on_epoch))
        fitting: pl.Trainer = make(
            "trainer",
            in_one_process(trainer),
            max_epochs=settings.max_epochs,
            callbacks=callbacks,
            logger=list(loggers),
        )
        fitting.fit(module, datamodule=data)
        fitting.loggers = []  # what follows are the final figures, which the caller logs
        metrics: dict[str, float] = {}
        if data.validation is not None:
            metrics.update(fitting.validate(module, datamodule=data, verbose=False)[0])
        metrics.update(fitting.test(module, datamodule=data, verbose=False)[0])
    matrix = module.matrix.detach().cpu().numpy().copy()
    # An epoch's training cosine is a mean over changing matrices; the final matrix has this one.
    metrics["train/cosine"] = float(cosines(data.train[0] @ matrix.T, data.train[1]).mean())
    return FittedMap(matrix, metrics, dict(module.figures), module.search_matrix)


def in_one_process(trainer: Trainer) -> Trainer:
    """Group ``trainer`` with one device where several processes are asked for, as by ``ddp``."""
    if trainer.get("strategy") is None:
        return trainer
    return {**trainer, "strategy": "auto", "devices": 1}


class EpochProgress(Callback):
    """Moves a progress line by one each epoch."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Move on."""
        self._step.advance()


class EpochReport(Callback):
    """Hands the validation cosine of each epoch on."""

    def __init__(self, on_epoch: Callable[[float, int], None]) -> None:
        self._on_epoch = on_epoch

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Hand it on while the map is fitted."""
        if trainer.state.fn == "fit":
            self._on_epoch(float(trainer.callback_metrics["val/cosine"]), trainer.current_epoch + 1)
