"""One `ipml run` of a study at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipml.errors import InputError


@contextmanager
def only_one(folder: Path, study: str) -> Iterator[None]:
    """Hold the study's lock while the block runs; the system lets go of it when the process dies.

    Raises
    ------
    InputError
        If another process holds it; the message names the process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lock"
    with path.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            stream.seek(0)
            raise InputError(
                f"study {study}: process {stream.read().strip() or 'unknown'} is running it in {folder}; wait for it "
                "or end it, then run the same command again"
            ) from error
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield
