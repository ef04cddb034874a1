"""Failures of the disk, of rights, of a database or a server: in one line, with what helps.

They are no mistakes in what the user gave, nor faults of the program: they come as whatever the library in between
raises, and are told by what is at the bottom of it. Everything else is left to be shown as it is.
"""

import errno
import sqlite3
import sys
from collections.abc import Iterator

from ipml.errors import first_line
from ipml.guards.secrets import mask

_LONGEST = 300  # characters of what an error says
_ROOM = "make room and run the same command again: what is finished is kept"
_RIGHTS = "change its rights, or name another folder (IPML_HOME, paths.…, data.root)"
# What helps, by the number of the system's error.
_HELP = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOENT: "it, or the folder that it should lie in, is gone or cannot be made; name another folder "
    "(IPML_HOME, paths.…, data.root)",
    errno.ENOTDIR: "a part of the path is a file; name another folder (IPML_HOME, paths.…, data.root)",
    errno.EISDIR: "a file is needed",
    errno.EIO: "the disk cannot be read or written; check it",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "the system has too many open files; close some",
    errno.ENAMETOOLONG: "choose shorter names",
    errno.ENOMEM: "the memory is used up; see `ipml doctor` and docs/studies.md for what a stage takes",
}
_DAMAGED = (
    "put a copy of it in its place, or move it away to begin anew (the files under runs/ and artifacts/ stay)"
)
# What helps, by words of the message of a database.
_DATABASE_HELP = (
    (
        "database is locked",
        "another process has held it for too long; run the same command again when that has ended",
    ),
    ("database or disk is full", _ROOM),
    ("disk i/o error", f"the disk is full, or cannot be read or written; {_ROOM}"),
    ("readonly database", _RIGHTS),
    ("read-only", _RIGHTS),
    ("unable to open", _RIGHTS),
    ("permission denied", _RIGHTS),
    ("not a database", _DAMAGED),
    ("malformed", _DAMAGED),
    ("no such table", f"it is not whole, or of another program; {_DAMAGED}"),
    ("no such column", f"it is not whole, or of another program; {_DAMAGED}"),
    ("unexpected state", f"it is not whole, or of another program; {_DAMAGED}"),
    ("connection", "is the server up? see tracking.uri and storage"),
)
_OF_CALLER = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST")  # MLflow's names for what the program asked wrongly


def explain_failure(error: BaseException, database: str = "the database") -> str | None:
    """Say in one line what of the system has failed; None for what is something else, as a fault of the program.

    Parameters
    ----------
    error
        As it was caught.
    database
        What to call the database of runs and models.
    """
    line = _explain(list(_causes(error)), database)
    return None if line is None else mask(line)


def _explain(causes: list[BaseException], database: str) -> str | None:
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno != errno.EPIPE:
            return _explain_system(cause)
    for cause in causes:
        if isinstance(cause, (sqlite3.Error, *_types("sqlalchemy.exc", "DBAPIError", "TimeoutError"))):
            if type(cause).__name__ in ("IntegrityError", "ProgrammingError"):
                return None
            return _explain_database(getattr(cause, "orig", None) or cause, database)
    for cause in causes:
        if isinstance(cause, _types("mlflow.exceptions", "MlflowException")):
            refused = getattr(cause, "error_code", None) in _OF_CALLER
            return None if refused else _explain_database(cause, database)
        if isinstance(cause, _types("safetensors", "SafetensorError")) and "(os error " in str(cause):
            number = int(str(cause).partition("(os error ")[2].partition(")")[0])
            return _explain_system(OSError(number, str(cause).partition(" (os error")[0]))
        if isinstance(cause, OSError) and not isinstance(cause, BrokenPipeError):
            return f"{first_line(cause)[:_LONGEST]}; is the disk full, or a server gone?"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from; not what was only being handled, whose handling may be at fault."""
    while error is not None:
        yield error
        error = error.__cause__


def _types(module: str, *names: str) -> tuple[type, ...]:
    """Types of a library if it is loaded; an error cannot be of one that is not, and loading it takes seconds."""
    return tuple(getattr(sys.modules[module], name) for name in names) if module in sys.modules else ()


def _explain_system(error: OSError) -> str:
    reason = error.strerror or first_line(error)[:_LONGEST]
    place = "" if error.filename is None else f"{error.filename}: "
    helps = _HELP.get(error.errno or 0)
    return f"{place}{reason}" + (f"; {helps}" if helps else "")


def _explain_database(error: BaseException, database: str) -> str:
    text = str(error).lower()
    helps = next((helps for words, helps in _DATABASE_HELP if words in text), None)
    return f"{database}: {first_line(error)[:_LONGEST]}" + (f"; {helps}" if helps else "")
