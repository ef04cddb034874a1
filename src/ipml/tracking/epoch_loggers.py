"""Where the figures of each epoch go, by the names in the configuration group ``logger``."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from mlflow.entities import Metric
from omegaconf import DictConfig, OmegaConf
from pytorch_lightning.loggers import CSVLogger, Logger, WandbLogger

from ipml.errors import InputError, choice_error
from ipml.tracking.runs import Run
from ipml.tracking.training_curves import CurveLogger, Point, draw_curves

LoggerFactory = Callable[[str], Sequence[Logger]]
LOGGERS = ("mlflow", "csv", "wandb")
MODES = ("online", "offline")
_AT_A_TIME = 1000  # MLflow takes no more metrics in one call


class RunLogger(Logger):
    """Logs the epochs of one part of a run into the open MLflow run.

    Lightning's own MLflow logger ends the run with the first fold, and its write for every epoch takes as long as
    an epoch of a small corpus. This one writes the figures of a part at its end.
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


class PartWandbLogger(WandbLogger):
    """Lightning's logger, with names of metrics as elsewhere: ``fold_0/val/loss``."""

    LOGGER_JOIN_CHAR = "/"


def no_loggers(part: str) -> Sequence[Logger]:
    """Log no epochs."""
    return ()


def epoch_loggers(config: DictConfig, run: Run) -> LoggerFactory:
    """Loggers of each part of a run that trains: metrics ``fold_0/val/loss``, or ``fold_0/metrics.csv`` in its folder.

    Where epochs are logged, the run also gets a figure of the losses.

    Parameters
    ----------
    config
        The command's configuration; its group ``logger`` says where epochs go.

    Raises
    ------
    InputError
        For a name that is none, or if wandb is wanted and missing or does not start.
    """
    names = list(config.logger.names)
    for name in names:
        if name not in LOGGERS:
            raise choice_error("logger.names", name, LOGGERS)
    wandb_run = _start_wandb(config, run) if "wandb" in names else None
    makers: dict[str, Callable[[str], Logger]] = {
        "mlflow": lambda part: RunLogger(run, part),
        "csv": lambda part: CSVLogger(run.folder, name=part, version=""),
        "wandb": lambda part: PartWandbLogger(experiment=wandb_run, prefix=part),
    }
    if not names:
        return no_loggers
    points: list[Point] = []
    run.at_end.push(lambda kind, error, at: None if kind else draw_curves(run, points))
    return lambda part: [CurveLogger(part, points), *(makers[name](part) for name in names)]


def _start_wandb(config: DictConfig, run: Run) -> Any:
    """Open a wandb run whose files lie in the run folder and which ends with the run."""
    settings = config.logger
    if settings.mode not in MODES:
        raise choice_error("logger.mode", settings.mode, MODES)
    try:
        import wandb
    except ImportError as error:
        raise InputError(
            "logger.names=wandb: needs a package that is not installed; pip install 'ipml[wandb]'"
        ) from error
    try:
        started = wandb.init(
            project=settings.project,
            name=run.name,
            dir=run.folder,
            mode=settings.mode,
            config={**OmegaConf.to_container(config, resolve=True), "mlflow_run_id": run.id},  # type: ignore[dict-item]
            reinit="create_new",
            settings=wandb.Settings(silent=True, console="off", disable_git=True, save_code=False),
        )
    except wandb.errors.Error as error:
        reason = " ".join(str(error).split())
        raise InputError(f"logger.names=wandb: {reason}; without an account: logger.mode=offline") from error

    def finish(
        kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        started.summary.update(run.metrics)
        started.finish(exit_code=int(kind is not None))

    run.at_end.push(finish)
    run.set_tags({"wandb_run": started.id})
    return started
