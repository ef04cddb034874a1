"""Folders of data and runs, and the database of runs and models."""

import shutil
import sqlite3
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ipml.cli.health.findings import BROKEN, OK, Finding, one_line
from ipml.settings import Paths
from ipml.tracking.store import Store, sqlite_file

LEAST_FREE = 1.0  # GiB: a study of the simulated world leaves about a third of it
_SECONDS = 5  # to wait for a server or a lock


def check_folders(paths: Paths) -> Iterator[Finding]:
    """Whether data, runs and models can be written, and how much room there is."""
    for key in ("data", "runs", "mlruns"):
        folder = Path(getattr(paths, key)).absolute()
        place = next(path for path in (folder, *folder.parents) if path.exists())
        name = f"paths.{key}"
        try:
            with tempfile.TemporaryFile(dir=place):
                free = shutil.disk_usage(place).free / 2**30
        except OSError as error:
            yield Finding(name, BROKEN, f"{folder}: cannot be written ({error.strerror})")
            continue
        if free < LEAST_FREE:
            yield Finding(name, BROKEN, f"{folder}: {free:.2f} GiB free; needed: {LEAST_FREE:g} GiB")
        else:
            yield Finding(name, OK, f"{folder}: {free:.0f} GiB free")


def check_tracking(store: Store) -> Iterator[Finding]:
    """Whether the database of runs and models answers, can be written, and is of MLflow's version."""
    uri = store.uri
    path = sqlite_file(uri)
    if path is not None and not path.exists():
        yield Finding("tracking", OK, f"{uri}: none yet, the first run makes it")
        return
    try:
        found = _sqlite_version(path) if path is not None else _server_version(uri)
        client = store.connect()
        n_experiments, n_models = len(client.search_experiments()), len(client.search_registered_models())
    except Exception as error:  # of the database, the network or MLflow
        yield Finding("tracking", BROKEN, f"{uri}: {one_line(error)}")
        return
    yield Finding(
        "tracking", OK, f"{uri}: {found}, {n_experiments} experiments, {n_models} registered models"
    )


def _sqlite_version(path: Path) -> str:
    """Schema of the database in a file, after a check that it can be written; raises what is wrong with it."""
    with closing(sqlite3.connect(path, timeout=_SECONDS, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")  # waits for another writer and fails where none is allowed
        (state,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError(str(state).splitlines()[-1])
        (schema,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        # BEGIN alone succeeds on a file that only its owner may write.
        database.execute("CREATE TABLE ipml_doctor (x)")
        database.execute("ROLLBACK")
    return f"can be written, schema {schema}"


def _server_version(uri: str) -> str:
    """What a server says of itself; databases of other kinds are left to MLflow."""
    if not uri.startswith(("http://", "https://")):
        return "answers"
    # MLflow itself would try again for minutes.
    with urllib.request.urlopen(f"{uri.rstrip('/')}/version", timeout=_SECONDS) as answer:  # noqa: S310
        return f"answers, MLflow {answer.read(40).decode()}"
