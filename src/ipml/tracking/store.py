"""Where runs and models are kept: MLflow's database under ``paths.mlruns``, or a server."""

import functools
import logging
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from omegaconf import DictConfig

from ipml.errors import InputError
from ipml.files import atomic_path, locked, safe_file_name

_DATABASE = "mlflow.db"
_PATIENCE = 5.0  # seconds that an MLflow server has to answer


def connect(config: DictConfig) -> MlflowClient:
    """Client of the tracking database in the configuration, which is made at first use.

    Raises
    ------
    InputError
        If ``tracking.uri`` is no address of MLflow's, or no server answers there.
    """
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    uri = tracking_uri(config)
    if config.tracking.uri:
        _check_server(uri)
    else:
        _ensure_database(Path(config.paths.mlruns).absolute() / _DATABASE)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    try:
        return MlflowClient(uri, uri)
    except MlflowException as error:
        raise InputError(f"tracking.uri={uri}: {str(error).splitlines()[0]}") from error


def tracking_uri(config: DictConfig) -> str:
    """Database of runs and models: ``tracking.uri``, or SQLite under ``paths.mlruns``."""
    return config.tracking.uri or f"sqlite:///{Path(config.paths.mlruns).absolute() / _DATABASE}"


def place(config: DictConfig) -> str:
    """Where runs and models are, for messages: the address, or the folder."""
    return str(config.tracking.uri or config.paths.mlruns)


def experiment_id(client: MlflowClient, config: DictConfig) -> str:
    """Id of the experiment of the config's namespace, which is made at first use."""
    name = config.namespace or "ipml"
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    artifacts = Path(config.paths.mlruns).absolute() / "artifacts" / safe_file_name(name)
    location = None if config.tracking.uri else artifacts.as_uri()
    try:
        return client.create_experiment(name, artifact_location=location)
    except mlflow.MlflowException:  # another process made it in between
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return found.experiment_id


def _ensure_database(path: Path) -> None:
    """Make MLflow's database whole or not at all, one process at a time: it is made in many steps, over seconds."""
    if path.exists():
        return
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            with atomic_path(path) as temporary:
                MlflowClient(f"sqlite:///{temporary}").search_experiments(max_results=1)


@functools.cache
def _check_server(uri: str) -> None:
    """Refuse the address of a server that is not there; MLflow itself would try for minutes."""
    address = urlsplit(uri)
    if address.scheme not in ("http", "https"):
        return
    try:
        port = address.port or {"http": 80, "https": 443}[address.scheme]
        socket.create_connection((address.hostname or "", port), _PATIENCE).close()
    except (OSError, ValueError) as error:
        raise InputError(
            f"tracking.uri={uri}: no MLflow server answers there ({error}); start one with `mlflow server`, or "
            "leave tracking.uri out"
        ) from error
