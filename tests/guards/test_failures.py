"""What the system fails at is one line with what helps; a fault of the program stays one."""

import errno
import os
import sqlite3

import numpy as np
import pytest
import sqlalchemy.exc
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE
from safetensors import SafetensorError

from ipml.guards.failures import explain_failure


def raised(action):
    with pytest.raises(Exception) as caught:  # noqa: PT011 -- whatever the library raises
        action()
    return caught.value


def from_(error, cause):
    error.__cause__ = cause
    return error


def locked(message="database is locked"):
    database = sqlalchemy.exc.OperationalError("SELECT 1", None, sqlite3.OperationalError(message))
    return from_(MlflowException(database, TEMPORARILY_UNAVAILABLE), database)


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/d/a"), ["/d/a: No space left", "make room"]),
        (PermissionError(errno.EACCES, "Permission denied", "/d/a"), ["/d/a: Permission denied", "IPML_HOME"]),
        (OSError(errno.EROFS, "Read-only file system", "/d"), ["/d: Read-only", "another folder"]),
        (OSError(errno.EFBIG, "File too large"), ["File too large; raise the limit", "ulimit -f"]),
        (from_(RuntimeError("x"), OSError(errno.EIO, "Input/output error", "x")), ["x: Input/output", "disk"]),
        (
            SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
            ["I/O error: No space left on device; make room"],
        ),
        (OSError("100 requested and 50 written"), ["100 requested", "disk full"]),
        (sqlite3.DatabaseError("file is not a database"), ["DB: file is not a database", "copy"]),
        (locked(), ["DB: database is locked", "run the same command again"]),
        (locked("attempt to write a readonly database"), ["readonly database", "rights"]),
        (locked("database or disk is full"), ["disk is full", "make room"]),
        (MlflowException("API request to http://u:secret@h failed: Connection refused"), ["Connection", "server up"]),
    ],
)  # fmt: skip
def test_failures_of_the_system(error, parts):
    line = explain_failure(error, "DB")
    assert all(part in line for part in parts)
    assert "\n" not in line
    assert "secret" not in line


def handled():
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError:
        raise KeyError("the handler's own fault")  # noqa: B904 -- as a slip would


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        ValueError("x"),
        AssertionError(),
        ZeroDivisionError(),
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
        raised(handled),
        sqlalchemy.exc.IntegrityError("INSERT", None, sqlite3.IntegrityError("UNIQUE")),
        sqlite3.ProgrammingError("closed"),
        MlflowException("name may not be empty", INVALID_PARAMETER_VALUE),
    ],
)
def test_faults_of_the_program_are_not_hidden(error):
    assert explain_failure(error) is None


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's full device")
@pytest.mark.parametrize(
    "write",
    [
        lambda path: open(path, "w").write("x" * 9999),  # noqa: SIM115
        lambda path: np.ones(9999).tofile(path),
    ],
)  # fmt: skip
def test_a_full_disk_whoever_writes(write):
    line = explain_failure(raised(lambda: write("/dev/full")))
    assert "No space left" in line or "is the disk full" in line
