"""Where runs and models are kept: MLflow's database in a folder, or a server."""

import functools
import logging
import os
import re
import shlex
import socket
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.entities import LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.store.db.db_types import DATABASE_ENGINES
from mlflow.tracking import MlflowClient
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ipml.errors import InputError
from ipml.files import atomic_path, locked, safe_file_name
from ipml.guards.secrets import mask

_DATABASE = "mlflow.db"
_LOCAL = "http://127.0.0.1:5000"  # of `mlflow ui`
_SQLITE_HEAD = b"SQLite format 3\0"
_PATIENCE = 5.0  # seconds that a server has to answer
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


@dataclass(frozen=True)
class Store:
    """The tracking database and registry of MLflow.

    Attributes
    ----------
    folder
        ``paths.mlruns``: holds the database and the artifacts where there is no server.
    address
        ``tracking.uri``: a server or a database; None for the one in the folder.
    """

    folder: Path
    address: str | None = None

    @property
    def uri(self) -> str:
        """Address for MLflow."""
        return self.address or sqlite_address(self.folder.absolute() / _DATABASE)

    @property
    def place(self) -> str:
        """Where runs and models are, for messages: the address, or the folder."""
        return mask(self.address or str(self.folder))

    @property
    def ui_command(self) -> str:
        """Command line that shows the runs in a browser, quoted for a shell."""
        return f"mlflow ui --backend-store-uri {shlex.quote(mask(self.uri))}"

    def link(self, page: str) -> str:
        """Way to a page of MLflow's: its address on a server; for a database the command, and what to open then."""
        if self.address and urlsplit(self.address).scheme in ("http", "https"):
            return f"{mask(self.address).rstrip('/')}/{page}"
        return f"{self.ui_command} # then {_LOCAL}/{page}"

    def connect(self) -> MlflowClient:
        """Client of the database, which is made at first use.

        Raises
        ------
        InputError
            If ``tracking.uri`` is no address of MLflow's, no server answers there, or the file is no database.
        """
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        # It logs what it raises, at length.
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
        if self.address:
            check_kept("tracking.uri", self.address)
            _check_server(self.address)
        else:
            _ensure_database(self.folder.absolute() / _DATABASE)
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)
        try:
            return MlflowClient(self.uri, self.uri)
        except MlflowException as error:
            raise InputError(f"tracking.uri={self.place}: {mask(_why_not(error, self.uri))}") from error

    def experiment_id(self, namespace: str) -> str:
        """Id of the experiment of a namespace, which is made at first use.

        Raises
        ------
        InputError
            If it was deleted; the message says how it is restored.
        """
        client, name = self.connect(), namespace or "ipml"
        found = client.get_experiment_by_name(name)
        if found is not None:
            if found.lifecycle_stage == LifecycleStage.DELETED:
                raise InputError(
                    f"MLflow's experiment {name} in {self.place} is deleted; `mlflow experiments restore "
                    f"--experiment-id {found.experiment_id}` brings it back (MLFLOW_TRACKING_URI={mask(self.uri)}), "
                    "or set another namespace"
                )
            if not self.address:
                _note_moved(self.folder.absolute(), str(found.artifact_location))
            return str(found.experiment_id)
        artifacts = self.folder.absolute() / "artifacts" / safe_file_name(name)
        location = None if self.address else artifacts.as_uri()
        try:
            return client.create_experiment(name, artifact_location=location)
        except MlflowException:  # another process made it in between
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
            return found.experiment_id


@functools.cache
def _note_moved(folder: Path, location: str) -> None:
    """Say once that MLflow keeps the files of an experiment by their absolute path, where that is not in the folder."""
    address = urlsplit(location)
    place = Path(url2pathname(address.path))
    if address.scheme == "file" and not place.resolve().is_relative_to(folder.resolve()):
        print(
            f"note: {folder} was moved or copied: MLflow reads and writes its files in {place}, as before; "
            f"after a move, a link from {place.parents[1]} to {folder} makes it whole",
            file=sys.stderr,
        )


def sqlite_address(path: Path) -> str:
    """Address of the SQLite database in a file, whatever characters its folders are named with.

    An address is read with ``%20`` for a blank and ``?`` before options, so these have to be quoted: otherwise the
    database of another folder is opened. MLflow makes the folder of a quoted name, too, unless the driver is named.

    Raises
    ------
    InputError
        If the SQLAlchemy that is installed cannot read such an address.
    """
    plain = f"sqlite:///{path}"
    if sqlite_file(plain) == path and "#" not in plain:
        return plain
    quoted = URL.create("sqlite+pysqlite", database=str(path)).render_as_string()
    if sqlite_file(quoted) != path:
        raise InputError(f"{path}: this SQLAlchemy takes no address with ?, # or %; choose another folder")
    return quoted


def sqlite_file(address: str) -> Path | None:
    """File of the SQLite database at an address; None for another database, a server, or one in memory."""
    url = _parsed(address)
    if (
        url is None
        or url.get_backend_name() != "sqlite"
        or url.database in (None, "", ":memory:")
        or "uri" in url.query
    ):
        return None
    return Path(str(url.database))


def check_kept(key: str, address: str) -> None:
    """Refuse a SQLite database in memory, which is gone when the command ends: `InputError` with the key."""
    url = _parsed(address)
    if url is None or url.get_backend_name() != "sqlite" or sqlite_file(address) is not None:
        return
    if url.database in (None, "") or ":memory:" in str(url.database) or url.query.get("mode") == "memory":
        raise InputError(
            f"{key}={mask(address)}: a database in memory is gone when the command ends; allowed: "
            "sqlite:///FILE, as sqlite:////FOLDER/mlflow.db"
        )


def _parsed(address: str) -> URL | None:
    """Parts of an address; None for what is none."""
    try:
        return make_url(address)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        return None


def _ensure_database(path: Path) -> None:
    """Make MLflow's database whole or not at all, one process at a time: it is made in many steps, over seconds."""
    if path.exists():
        _check_database(path)
        return
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            with atomic_path(path) as temporary:
                MlflowClient(sqlite_address(temporary)).search_experiments(max_results=1)


def _why_not(error: MlflowException, uri: str) -> str:
    """Say why MLflow does not open a database."""
    reason = str(error).splitlines()[0]
    if (schema := re.search(r"found version (\w+)", reason)) is None:
        return reason
    known = Path(mlflow.__file__).parent / "store" / "db_migrations" / "versions"
    if any(known.glob(f"{schema[1]}_*.py")):
        update = f"`mlflow db upgrade {uri}`"
        return f"made by an older MLflow (schema {schema[1]}); copy it, then bring it up to date: {update}"
    return (
        f"made by a newer MLflow than {mlflow.__version__}, or by another program (schema {schema[1]}); install the "
        "MLflow that made it, or name another folder (paths.mlruns)"
    )


def _check_database(path: Path) -> None:
    """Refuse a file that is no SQLite database; an empty one too, which MLflow would take for a new one."""
    with path.open("rb") as stream:
        head = stream.read(len(_SQLITE_HEAD))
    if head != _SQLITE_HEAD:
        found = "not an SQLite database" if head else "empty"
        raise InputError(
            f"{path}: {found}, so the runs and models that it listed cannot be found; put a copy of it in its place, "
            "or move it away to begin anew (their files under runs/ and artifacts/ stay)"
        )


@functools.cache
def _check_server(uri: str) -> None:
    """Refuse the address of a server or a database that is not there; MLflow itself would try for minutes."""
    address = urlsplit(uri)
    kind = address.scheme.partition("+")[0]
    try:
        if address.hostname and kind in _PORTS:
            socket.create_connection((address.hostname, address.port or _PORTS[kind]), _PATIENCE).close()
    except (OSError, ValueError) as error:
        start = "start one with `mlflow server`, or " if kind.startswith("http") else "start it, or "
        what = "MLflow server" if kind.startswith("http") else "database"
        raise InputError(
            f"tracking.uri={mask(uri)}: no {what} answers there ({mask(str(error))}); {start}leave tracking.uri out"
        ) from error
    if kind in DATABASE_ENGINES:
        try:
            with closing(create_engine(uri).connect()):
                pass
        except (SQLAlchemyError, ImportError, ValueError) as error:
            reason = mask(" ".join(str(error).split("(Background")[0].split()))
            raise InputError(f"tracking.uri={mask(uri)}: {reason}") from error
