"""A database of runs that is empty, scrambled, of another version or without its experiment: one line that helps."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from ipml.cli import main
from ipml.errors import InputError
from ipml.guards.failures import explain_failure
from ipml.tracking.store import Store


@pytest.fixture
def database(workspace):
    with workspace.start_run("keywords", "keywords-JP"):
        pass
    return workspace.store.folder / "mlflow.db"


@pytest.mark.parametrize(("content", "found"), [(b"", "empty"), (os.urandom(5000), "not an SQLite database")])
def test_a_file_that_is_no_database_is_not_taken_for_a_new_one(workspace, database, content, found):
    database.write_bytes(content)
    with pytest.raises(InputError, match=rf"mlflow\.db: {found}, .*put a copy of it in its place"):
        workspace.find_runs("keywords")
    assert database.read_bytes() == content


def test_a_scrambled_database_is_one_line(workspace, database):
    content = bytearray(database.read_bytes())
    content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    database.write_bytes(content)
    with pytest.raises(Exception, match="malformed") as caught:
        workspace.find_runs("keywords")
    assert "put a copy of it in its place" in explain_failure(caught.value)


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("451aebb31d03", r"an older MLflow \(schema 451aebb31d03\); .*`mlflow db upgrade sqlite:"),
        ("feedfacefeed", "a newer MLflow than"),
    ],
)
def test_a_database_of_another_version(tracking_database, tmp_path, version, message):
    shutil.copy(tracking_database, tmp_path / "mlflow.db")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute("update alembic_version set version_num = ?", (version,))
    with pytest.raises(InputError, match=message) as caught:
        Store(tmp_path).connect()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+pysqlite:///?timeout=9",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_a_database_in_memory_is_refused_as_nothing_of_it_stays(tmp_path, address):
    with pytest.raises(
        InputError, match=r"^tracking\.uri=sqlite\S*: a database in memory is gone when the command ends"
    ):
        Store(tmp_path, address).connect()


def test_a_deleted_experiment_says_how_it_comes_back(workspace, database):
    experiment = workspace.store.experiment_id("")
    workspace.client.delete_experiment(experiment)
    restore = rf"mlflow experiments restore --experiment-id {experiment}"
    with pytest.raises(InputError, match=restore), workspace.start_run("keywords", "keywords-JP"):
        pass
    with pytest.raises(InputError, match=restore):
        workspace.find_runs("keywords")


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs a folder that nobody can write to")
@pytest.mark.parametrize("command", [["registry"], ["promote"], ["train", "model=dual_attn", "country=JP"]])
def test_a_home_that_cannot_be_written_to(command, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", "/sys")
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: /sys/")
    assert "IPML_HOME" in line
