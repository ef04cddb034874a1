"""A run of a stage: while it is open, as it is kept, and the scores that it reports on its way."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from mlflow.entities import Run as MlflowRun
from mlflow.tracking import MlflowClient

from ipml.checksums import file_hash
from ipml.files import atomic_path
from ipml.secrets import mask
from ipml.tracking.lineage import Lineage

PREFIX = "ipml."  # of the tags that are ours
STAGE, FOLDER = "stage", "run_folder"  # tags
VERSION = "version"  # tag: of the model that a run registered
FILE_HASH = "sha256"  # tag, with the name of a file that the run keeps
MODEL_FOLDER = "model"
Listener = Callable[[float, int], None]

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

    @property
    def model_folder(self) -> Path:
        """Folder for the files of the model that this run makes."""
        return self.folder / MODEL_FOLDER

    def add_lineage(self, lineage: Mapping[str, str], source: str) -> None:
        """Record what this run reads; refuses what does not fit with what it has read before."""
        self.lineage = self.lineage.merge(lineage, self.name, source)
        for key, value in Lineage(lineage).as_tags().items():
            self.client.set_tag(self.id, key, value)

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags by which `Workspace.find_run` finds this run."""
        for key, value in tags.items():
            self.client.set_tag(self.id, f"{PREFIX}{key}", mask(str(value)))

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Log final figures; NaN is a fault of the caller and is refused."""
        for key, value in metrics.items():
            if key.startswith(self.withheld):
                continue
            if value != value:
                raise ValueError(f"{self.name}: metric {key} is not a number")
            self.client.log_metric(self.id, key, float(value))
            self.metrics[key] = float(value)

    def log_table(self, name: str, frame: pd.DataFrame, *, csv: bool = False) -> None:
        """Save a table as ``NAME.parquet``, and with ``csv`` as ``NAME.csv`` too, in the folder and as artifacts."""
        if name.startswith(self.withheld):
            return
        for ending in ("parquet", "csv") if csv else ("parquet",):
            path = self.folder / f"{name}.{ending}"
            with atomic_path(path) as temporary:
                if ending == "csv":
                    frame.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
                else:
                    frame.to_parquet(temporary, index=False)
            self.log_file(path, is_read=ending == "parquet")

    def log_file(self, path: Path, *, is_read: bool = False) -> None:
        """Add a file of the run folder to the artifacts; if a later stage reads it, with a tag of its hash."""
        self.client.log_artifact(self.id, str(path))
        if is_read:
            self.set_tags({f"{FILE_HASH}.{path.name}": file_hash(path)})

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
