"""Where the figures of each epoch go, by the names in the configuration group ``logger``."""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from mlflow.entities import Metric
from pytorch_lightning.loggers import CSVLogger, Logger, WandbLogger

from ipml.errors import InputError
from ipml.figures import BLUE, DPI, ORANGE
from ipml.settings import Logger as LoggerSettings
from ipml.tracking.runs import Run, StoredRun

LoggerFactory = Callable[[str], Sequence[Logger]]
CURVES = "training"
_LOSSES = {"train/loss": ("training", BLUE), "val/loss": ("validation", ORANGE)}
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


class Point(NamedTuple):
    """Loss of one part of a run in one epoch."""

    part: str
    loss: str
    epoch: int
    value: float


class CurveLogger(Logger):
    """Keeps the losses of one part of a run in a list that all parts share."""

    def __init__(self, part: str, points: list[Point]) -> None:
        super().__init__()
        self._part, self._points = part, points

    @property
    def name(self) -> str:
        """Name of the part."""
        return self._part

    @property
    def version(self) -> str:
        """None is needed."""
        return ""

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: no line of the figure."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep the losses among the figures of an epoch."""
        for loss in _LOSSES.keys() & metrics.keys():
            self._points.append(Point(self._part, loss, int(metrics["epoch"]) + 1, metrics[loss]))


def no_loggers(part: str) -> Sequence[Logger]:
    """Log no epochs."""
    return ()


def make_loggers(settings: LoggerSettings, run: Run, configuration: Mapping[str, Any]) -> LoggerFactory:
    """Loggers of each part of a run that trains: metrics ``fold_0/val/loss``, or ``fold_0/metrics.csv`` in its folder.

    Where epochs are logged, the run also gets a figure of the losses.

    Parameters
    ----------
    settings
        Group ``logger``: where epochs go.
    configuration
        The whole, as plain values, which wandb keeps.

    Raises
    ------
    InputError
        If wandb is wanted and missing or does not start.
    """
    names = settings.names
    wandb_run = _start_wandb(settings, run, configuration) if "wandb" in names else None
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


def _start_wandb(settings: LoggerSettings, run: Run, configuration: Mapping[str, Any]) -> Any:
    """Open a wandb run whose files lie in the run folder and which ends with the run."""
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
            config={**configuration, "mlflow_run_id": run.id},
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


def draw_curves(run: Run, points: list[Point]) -> None:
    """Draw the figure ``training``: loss by epoch, a panel for each kind of part with a line for each fold or ranker.

    Nothing is drawn where no part has two epochs.
    """
    from matplotlib.figure import Figure

    lines: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        lines.setdefault((point.part, point.loss), []).append(point)
    lines = {key: line for key, line in lines.items() if len(line) > 1}
    kinds = sorted({_kind(part) for part, _ in lines})
    if not kinds:
        return
    figure = Figure(figsize=(4.5 * len(kinds), 3.2), dpi=DPI, layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), squeeze=False)[0], kinds, strict=True):
        labelled: set[str] = set()
        parts = {part for part, _ in lines if _kind(part) == kind}
        for (part, loss), line in sorted(lines.items()):
            if part in parts:
                label, colour = _LOSSES[loss]
                epochs, values = [point.epoch for point in line], [point.value for point in line]
                axes.plot(
                    epochs, values, color=colour, linewidth=1, label=None if label in labelled else label
                )
                labelled.add(label)
        axes.set_title(f"{len(parts)} {kind}s" if len(parts) > 1 else kind, fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.legend(frameon=False)
    simulated = StoredRun.of(run.client.get_run(run.id)).simulated
    figure.suptitle(run.name + (" (simulated)" if simulated else ""))
    run.save_figure(figure, CURVES)


def _kind(part: str) -> str:
    return part.rstrip("0123456789").rstrip("_")
