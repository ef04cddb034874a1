"""One MLflow run a stage, and a folder beside it that holds the same in plain files."""

import importlib.metadata
import logging
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
from ipml.files import atomic_path, locked, write_json
from ipml.tracking.lineage import Lineage

STAGE_TAG = "ipml.stage"
FOLDER_TAG = "ipml.run_folder"
VERSION_TAG = "ipml.version"  # of the model that a run registered
MODEL_FOLDER = "model"
_DATABASE = "mlflow.db"
_MOST_RUNS = 1000
_PACKAGES = ("ipml", "torch", "pytorch-lightning", "mlflow", "hydra-core", "numpy", "scikit-learn")


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
    lineage: Lineage = field(default_factory=Lineage)
    metrics: dict[str, float] = field(default_factory=dict)

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
            if value != value:
                raise ValueError(f"{self.name}: metric {key} is not a number")
            self.client.log_metric(self.id, key, float(value))
            self.metrics[key] = float(value)

    def log_table(self, name: str, frame: pd.DataFrame) -> None:
        """Save a table as ``NAME.parquet``, in the folder and as an artifact."""
        path = self.folder / f"{name}.parquet"
        with atomic_path(path) as temporary:
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
    now = datetime.now(UTC)
    tags = {**config.tracking.get("tags", {}), STAGE_TAG: stage}
    if config.tracking.parent_run:
        tags[PARENT_TAG] = config.tracking.parent_run
    created = client.create_run(experiment, run_name=name, tags=tags)
    run_id = created.info.run_id
    folder = Path(config.paths.runs).absolute() / stage / f"{now:%Y%m%d-%H%M%S}-{name}-{run_id[:8]}"
    folder.mkdir(parents=True)
    run = Run(run_id, stage, name, folder, tracking_uri(config), client, config.get("register", True))
    commit = git_commit()
    client.set_tag(run_id, FOLDER_TAG, str(folder))
    client.set_tag(run_id, "mlflow.source.git.commit", commit)
    run.set_tags({"seed": config.seed, "namespace": config.namespace, "name": name})
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(config, resolve=True), encoding="utf-8")
    write_json(folder / "environment.json", environment(commit))
    write_json(folder / "mlflow.json", {"run_id": run_id, "tracking_uri": run.tracking_uri})
    for file in ("config.yaml", "environment.json"):
        run.log_file(folder / file)
    try:
        yield run
    except BaseException as error:
        client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise
    write_json(folder / "metrics.json", run.metrics)
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
            f"no finished run of stage {stage} with {named} in {config.paths.mlruns}; run `ipml {stage}` first"
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
            f"run {run_id} in {config.paths.mlruns}: it has no table {name!r}; run its stage again"
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
            f"run {run_id} in {config.paths.mlruns}: it has no config.yaml; run its stage again"
        ) from error
    loaded = OmegaConf.load(path)
    if not isinstance(loaded, DictConfig):
        raise InputError(f"{path}: not a configuration; run its stage again")
    loaded.paths, loaded.tracking = config.paths, config.tracking
    return loaded


def connect(config: DictConfig) -> MlflowClient:
    """Client of the tracking database in the configuration, which is made at first use."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    uri = tracking_uri(config)
    if not config.tracking.uri:
        _ensure_database(Path(config.paths.mlruns).absolute() / _DATABASE)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return MlflowClient(uri, uri)


def _ensure_database(path: Path) -> None:
    """Make MLflow's database whole or not at all, one process at a time: it is made in many steps, over seconds."""
    if path.exists():
        return
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            with atomic_path(path) as temporary:
                MlflowClient(f"sqlite:///{temporary}").search_experiments(max_results=1)


def tracking_uri(config: DictConfig) -> str:
    """Database of runs and models: ``tracking.uri``, or SQLite under ``paths.mlruns``."""
    return config.tracking.uri or f"sqlite:///{Path(config.paths.mlruns).absolute() / _DATABASE}"


def git_commit() -> str:
    """Commit of the code that runs, with ``+changes`` where the working tree differs; or ``unknown``."""
    root = Path(__file__).resolve().parents[3]
    try:
        commit, status = (
            subprocess.run(
                ["git", *words], cwd=root, capture_output=True, text=True, check=True
            ).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "-uno"])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+changes" if status else "")


def environment(commit: str) -> dict[str, object]:
    """Python, packages and machine of a run."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": versions,
        "git_commit": commit,
    }


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


def experiment_id(client: MlflowClient, config: DictConfig) -> str:
    """Id of the experiment of the config's namespace, which is made at first use."""
    name = config.namespace or "ipml"
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    artifacts = Path(config.paths.mlruns).absolute() / "artifacts" / name
    location = None if config.tracking.uri else artifacts.as_uri()
    try:
        return client.create_experiment(name, artifact_location=location)
    except mlflow.MlflowException:  # another process made it in between
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found.experiment_id
