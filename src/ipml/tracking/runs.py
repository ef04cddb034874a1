"""One MLflow run a stage, and a folder beside it that holds the same in plain files."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Run as MlflowRun
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID as PARENT_TAG
from omegaconf import DictConfig, OmegaConf

from ipml.errors import InputError
from ipml.files import atomic_path, safe_file_name, write_json
from ipml.tracking.abandoned import close_abandoned, process_tags
from ipml.tracking.environment import environment, git_changes, git_commit
from ipml.tracking.intermediate import BrokenOff
from ipml.tracking.lineage import Lineage
from ipml.tracking.store import connect, experiment_id, place, tracking_uri

STAGE_TAG = "ipml.stage"
FOLDER_TAG = "ipml.run_folder"
VERSION_TAG = "ipml.version"  # of the model that a run registered
MODEL_FOLDER = "model"
CHANGES = "changes.patch"
_MOST_RUNS = 1000


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
        """Set tags by which `find_run` finds this run."""
        for key, value in tags.items():
            self.client.set_tag(self.id, f"ipml.{key}", str(value))

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
            self.log_file(path)

    def log_file(self, path: Path) -> None:
        """Add a file of the run folder to the artifacts."""
        self.client.log_artifact(self.id, str(path))


@contextmanager
def start_run(config: DictConfig, stage: str, name: str) -> Iterator[Run]:
    """Open a run of a stage; it ends as FINISHED, or as FAILED or KILLED if the block raises.

    Parameters
    ----------
    config
        The command's configuration; resolved, it is saved with the run. Uses ``paths``, ``seed``,
        ``namespace``, ``tracking`` and, where a model is trained, ``register``.
    stage
        Stage that runs: ``dual_attn``, ``keywords``, ``alignment``, …
    name
        Name of the run, for a model its registered name.
    """
    client = connect(config)
    experiment = experiment_id(client, config)
    close_abandoned(client, experiment)
    now, commit = datetime.now(UTC), git_commit()
    tags = {STAGE_TAG: stage, "mlflow.source.git.commit": commit, **process_tags()}
    if config.tracking.parent_run:
        tags[PARENT_TAG] = config.tracking.parent_run
    tags |= {f"ipml.{key}": str(value) for key, value in config.tracking.get("tags", {}).items()}
    created = client.create_run(experiment, run_name=name, tags=tags)
    run_id = created.info.run_id
    folder = (
        Path(config.paths.runs).absolute()
        / stage
        / f"{now:%Y%m%d-%H%M%S}-{safe_file_name(name)}-{run_id[:8]}"
    )
    folder.mkdir(parents=True)
    withheld = tuple(config.tracking.get("withheld", ()))
    registers = config.get("register", True)
    run = Run(run_id, stage, name, folder, tracking_uri(config), client, registers, withheld)
    for key, value in config.tracking.get("params", {}).items():
        client.log_param(run_id, key, value)
    client.set_tag(run_id, FOLDER_TAG, str(folder))
    run.set_tags({"seed": config.seed, "namespace": config.namespace, "name": name})
    if config.get("debug") is not None:
        run.set_tags({"debug": config.debug.name})
    (folder / "config.yaml").write_text(
        OmegaConf.to_yaml(config, resolve=True), encoding="utf-8", newline="\n"
    )
    write_json(folder / "environment.json", environment(commit))
    write_json(folder / "mlflow.json", {"run_id": run_id, "tracking_uri": run.tracking_uri})
    if commit.endswith("+changes"):
        (folder / CHANGES).write_bytes(git_changes())
    for file in ("config.yaml", "environment.json", CHANGES):
        if (folder / file).is_file():
            run.log_file(folder / file)
    try:
        with run.at_end:
            yield run
    except BrokenOff:
        run.set_tags({"pruned": True})
        client.set_terminated(run_id, "KILLED")
        raise
    except BaseException as error:
        client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    write_json(folder / "metrics.json", run.metrics)
    write_json(folder / "lineage.json", run.lineage)
    client.set_terminated(run_id, "FINISHED")


def find_run(
    config: DictConfig, stage: str, *, lineage: Mapping[str, str] | None = None, **tags: str
) -> MlflowRun:
    """Return the newest finished run of a stage with the given tags and lineage, in the config's namespace.

    Raises
    ------
    InputError
        If there is none.
    """
    wanted = {f"ipml.{k}": v for k, v in tags.items()} | Lineage(lineage or {}).as_tags()
    runs = _search(config, stage, wanted, max_results=1)
    if not runs:
        named = " ".join(f"{k}={v}" for k, v in {**tags, **(lineage or {})}.items())
        raise InputError(
            f"no finished run of stage {stage} with {named} in {place(config)}; run `ipml {stage}` first"
        )
    return runs[0]


def find_runs(config: DictConfig, stage: str) -> list[MlflowRun]:
    """Return all finished runs of a stage in the config's namespace, the newest first."""
    return _search(config, stage, {}, max_results=_MOST_RUNS)


def load_table(config: DictConfig, run_id: str, name: str) -> pd.DataFrame:
    """Read a table that `Run.log_table` saved.

    Raises
    ------
    InputError
        If the run has no such table, as a run of an older version may not.
    """
    try:
        path = mlflow.artifacts.download_artifacts(
            run_id=run_id, artifact_path=f"{name}.parquet", tracking_uri=tracking_uri(config)
        )
    except (MlflowException, OSError) as error:
        raise InputError(
            f"run {run_id} in {place(config)}: it has no table {name!r}; run its stage again"
        ) from error
    return pd.read_parquet(path)


def load_config(config: DictConfig, run_id: str) -> DictConfig:
    """Read the configuration that a run was made with; paths and tracking are those of now.

    Raises
    ------
    InputError
        If the run keeps none.
    """
    try:
        path = mlflow.artifacts.download_artifacts(
            run_id=run_id, artifact_path="config.yaml", tracking_uri=tracking_uri(config)
        )
    except (MlflowException, OSError) as error:
        raise InputError(
            f"run {run_id} in {place(config)}: it has no config.yaml; run its stage again"
        ) from error
    loaded = OmegaConf.load(path)
    if not isinstance(loaded, DictConfig):
        raise InputError(f"{path}: not a configuration; run its stage again")
    loaded.paths, loaded.tracking = config.paths, config.tracking
    return loaded


def _search(config: DictConfig, stage: str, tags: Mapping[str, str], max_results: int) -> list[MlflowRun]:
    client = connect(config)
    wanted = {STAGE_TAG: stage, "ipml.namespace": config.namespace, **tags}
    condition = " and ".join(f"tags.`{key}` = '{value}'" for key, value in wanted.items())
    found = client.search_runs(
        [experiment_id(client, config)],
        f"{condition} and attributes.status = 'FINISHED'",
        order_by=["attributes.end_time DESC"],
        max_results=max_results,
    )
    return list(found)
