"""Where the figures of each epoch go, by the name in the configuration group ``logger``."""

import time
from collections.abc import Mapping
from typing import Any

from mlflow.entities import Metric
from omegaconf import DictConfig
from pytorch_lightning.loggers import CSVLogger, Logger

from ipml.dual_attention.training import LoggerFactory
from ipml.errors import choice_error
from ipml.tracking import Run

LOGGERS = ("mlflow", "csv", "none")
_AT_A_TIME = 1000  # MLflow takes no more metrics in one call


class RunLogger(Logger):
    """Logs the epochs of one fold into an open run of a stage.

    Lightning's own MLflow logger ends the run with the first fold, and its write for every epoch takes as long as
    an epoch of a small corpus. This one writes a fold's figures at its end.
    """

    def __init__(self, run: Run, prefix: str) -> None:
        super().__init__()
        self._run = run
        self._prefix = prefix
        self._metrics: list[Metric] = []

    @property
    def name(self) -> str:
        """Name of the run."""
        return self._run.name

    @property
    def version(self) -> str:
        """Id of the run."""
        return self._run.id

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the run holds the whole configuration."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep the figures of a step."""
        now = int(time.time() * 1000)
        for key, value in metrics.items():
            self._metrics.append(Metric(f"{self._prefix}/{key}", value, now, step or 0))

    def finalize(self, status: str) -> None:
        """Write what was kept."""
        for start in range(0, len(self._metrics), _AT_A_TIME):
            self._run.client.log_batch(self._run.id, metrics=self._metrics[start : start + _AT_A_TIME])
        self._metrics.clear()


def epoch_loggers(logger: DictConfig, run: Run) -> LoggerFactory:
    """Loggers of the folds of a run: metrics ``fold_0/val/loss``, or ``fold_0/metrics.csv`` in the run folder."""
    if logger.name not in LOGGERS:
        raise choice_error("logger.name", logger.name, LOGGERS)

    def make(fold: int) -> Logger | bool:
        if logger.name == "mlflow":
            return RunLogger(run, f"fold_{fold}")
        if logger.name == "csv":
            return CSVLogger(run.folder, name=f"fold_{fold}", version="")
        return False

    return make
