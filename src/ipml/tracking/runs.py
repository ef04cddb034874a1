"""A run of a stage: while it is open, as it is kept, and the scores that it reports on its way."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pandas as pd
from mlflow.entities import Metric, Param, RunTag
from mlflow.entities import Run as MlflowRun
from mlflow.tracking import MlflowClient

from ipml.checksums import file_hash
from ipml.files import atomic_path
from ipml.guards.secrets import mask
from ipml.guards.spreadsheets import write_csv
from ipml.provenance import Provenance
from ipml.tracking.lineage import Lineage
from ipml.tracking.parameters import PER_BATCH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREFIX = "ipml."  # of the tags that are ours
STAGE, FOLDER, COMMAND = "stage", "run_folder", "command"  # tags
VERSION = "version"  # tag: of the model that a run registered
FILE_HASH = "sha256"  # tag, with the name of a file that the run keeps
MODEL_FOLDER = "model"
Listener = Callable[[float, int], None]
Item = TypeVar("Item")

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@dataclass
class Run:
    """An open run of a stage: metrics, tables and files go to MLflow and to ``folder`` alike."""

    id: str
    stage: str
    name: str
    folder: Path
    tracking_uri: str
    client: MlflowClient
    registers: bool = True
    withheld: tuple[str, ...] = ()
    lineage: Lineage = field(default_factory=Lineage)
    metrics: dict[str, float] = field(default_factory=dict)
    at_end: ExitStack = field(default_factory=ExitStack)  # what is to be closed with the run
    command: str = ""  # that made it
    tags: dict[str, str] = field(default_factory=dict)  # of `set_tags`

    @property
    def model_folder(self) -> Path:
        """Folder for the files of the model that this run makes."""
        return self.folder / MODEL_FOLDER

    def add_lineage(self, lineage: Mapping[str, str], source: str) -> None:
        """Record what this run reads; refuses what does not fit with what it has read before."""
        self.lineage = self.lineage.merge(lineage, self.name, source)
        self._log_tags(Lineage(lineage).as_tags())

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags by which `Workspace.find_run` finds this run."""
        own = {key: mask(str(value)) for key, value in tags.items()}
        self.tags |= own
        self._log_tags({f"{PREFIX}{key}": value for key, value in own.items()})

    def log_params(self, params: Mapping[str, str]) -> None:
        """Log parameters, of `parameters.parameters`."""
        for batch in batched([Param(key, value) for key, value in params.items()], PER_BATCH):
            self.client.log_batch(self.id, params=batch)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log final figures; NaN is a fault of the caller and is refused."""
        now = int(time.time() * 1000)
        logged = {key: float(value) for key, value in metrics.items() if not key.startswith(self.withheld)}
        for key, value in logged.items():
            if value != value:
                raise ValueError(f"{self.name}: metric {key} is not a number")
        for batch in batched([Metric(key, value, now, 0) for key, value in logged.items()], PER_BATCH):
            self.client.log_batch(self.id, metrics=batch)
        self.metrics |= logged

    def _log_tags(self, tags: Mapping[str, str]) -> None:
        for batch in batched([RunTag(key, value) for key, value in tags.items()], PER_BATCH):
            self.client.log_batch(self.id, tags=batch)

    def log_table(self, name: str, frame: pd.DataFrame, *, csv: bool = False) -> None:
        """Save a table as ``NAME.parquet``, and with ``csv`` as ``NAME.csv`` too, in the folder and as artifacts."""
        if name.startswith(self.withheld):
            return
        for ending in ("parquet", "csv") if csv else ("parquet",):
            path = self.folder / f"{name}.{ending}"
            with atomic_path(path) as temporary:
                if ending == "csv":
                    write_csv(frame, temporary)
                else:
                    frame.to_parquet(temporary, index=False)
            self.log_file(path, is_read=ending == "parquet")

    def log_file(self, path: Path, *, is_read: bool = False) -> None:
        """Add a file of the run folder to the artifacts; if a later stage reads it, with a tag of its hash."""
        self.client.log_artifact(self.id, str(path))
        if is_read:
            self.set_tags({f"{FILE_HASH}.{path.name}": file_hash(path)})

    def save_figure(self, figure: "Figure", name: str) -> None:
        """Save a figure as ``NAME.png`` and ``NAME.pdf``, in the folder and as artifacts; each names this run."""
        from ipml import figures  # with Matplotlib, which takes a while

        for ending in figures.FORMATS:
            path = self.folder / f"{name}.{ending}"
            figures.save_figure(figure, path, self.provenance)
            self.log_file(path)

    @property
    def provenance(self) -> Provenance:
        """Where a figure of this run comes from."""
        return Provenance(self.id, self.command, dict(self.lineage))

    def end(self, status: str) -> None:
        """End as FINISHED, FAILED or KILLED."""
        self.client.set_terminated(self.id, status)


@dataclass(frozen=True)
class StoredRun:
    """A run as MLflow keeps it.

    Attributes
    ----------
    id, name, status
        Id; registered name of what it made; FINISHED, RUNNING, FAILED or KILLED.
    tags
        Those of `Run.set_tags`, without ``ipml.``.
    metrics
        Newest value of each.
    lineage
        What it read.
    ended
        When, in milliseconds; None for a run that has not.
    """

    id: str
    name: str
    status: str
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    lineage: Lineage
    ended: int | None

    @classmethod
    def of(cls, run: MlflowRun) -> "StoredRun":
        """Read what MLflow returned."""
        tags = {
            key.removeprefix(PREFIX): value for key, value in run.data.tags.items() if key.startswith(PREFIX)
        }
        info, name = run.info, tags.get("name", "")
        lineage = Lineage.from_tags(run.data.tags)
        return cls(info.run_id, name, info.status, tags, run.data.metrics, lineage, info.end_time)

    @property
    def folder(self) -> Path:
        """Its folder on the machine that made it."""
        return Path(self.tags[FOLDER])

    @property
    def simulated(self) -> bool:
        """Whether its firms are."""
        return self.tags.get("simulated") == "True"


def batched(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Cut a list into parts of a size; `itertools.batched` of Python 3.12."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Pruned(Exception):  # noqa: N818 -- nothing went wrong
    """A listener has seen enough of a training; its run ends as KILLED, with the tag ``ipml.pruned``."""


def report_score(score: float, step: int) -> None:
    """Tell the listener how good a training is so far.

    Parameters
    ----------
    score
        Of data that was not trained on, and that the training's figures may be chosen by; the higher the better.
    step
        How far the training is, in epochs or folds: 1, 2, …

    Raises
    ------
    Pruned
        If the listener thinks it is not worth going on.
    """
    listener = _listener.get()
    if listener is not None:
        listener(score, step)


def is_listened_to() -> bool:
    """Whether anybody hears what is reported, for scores that a training would not compute otherwise."""
    return _listener.get() is not None


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hand what trainings report to ``listener`` while the block runs."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
