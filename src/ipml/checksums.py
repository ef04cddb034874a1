"""Checksums beside what is written, so that a changed file is found when it is opened.

A folder's ``checksums.json`` has the SHA-256 of each block of 16 MiB of its files. They are computed in threads, and
once a process for each state of a file: its number on the disk, its size and its times.
"""

import functools
import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ipml.errors import InputError
from ipml.files import read_json, write_json

CHECKSUMS = "checksums.json"
_BLOCK = 2**24  # bytes: large enough for threads to be worth it, small enough to say where a file differs
_PIECE = 2**18  # bytes in memory at a time
MOST_THREADS = 8  # a disk is no faster with more

_known: dict[tuple[str, int, int, int, int, int], tuple[str, ...]] = {}


def block_hashes(path: Path) -> tuple[str, ...]:
    """SHA-256 of each 16 MiB of a file, in hexadecimal digits; an empty file has one."""
    found = path.stat()
    # Without the folder, which has another name while it is written.
    state = path.name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    if state not in _known:
        _known[state] = _hashes(path, found.st_size)
    return _known[state]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's `block_hashes`, in hexadecimal digits: that of the file if it has one block."""
    hashes = block_hashes(path)
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def write_checksums(folder: Path, names: Iterable[str]) -> None:
    """Write the checksums of files of a folder beside them."""
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": list(block_hashes(folder / name))}
        for name in names
    }
    write_json(folder / CHECKSUMS, {"block": _BLOCK, "files": files})


def record_checksums(folder: Path, names: Iterable[str]) -> None:
    """Write the checksums of what was made before there were any; not where the folder cannot be written to."""
    with suppress(OSError):
        write_checksums(folder, names)


def has_checksums(folder: Path) -> bool:
    """Whether checksums lie in a folder."""
    return (folder / CHECKSUMS).is_file()


def check_files(folder: Path, remedy: str, names: Sequence[str] | None = None) -> None:
    """Refuse a folder whose files are not those that were written.

    Parameters
    ----------
    folder
        With checksums.
    remedy
        What makes them again, for the message.
    names
        Files that the checksums must have; None: those that they have.

    Raises
    ------
    InputError
        If a file is missing, cut short or changed, or the checksums are not readable; the message names the file.
    """
    try:
        saved = read_json(folder / CHECKSUMS)["files"]
        wanted = {name: (int(saved[name]["size"]), tuple(saved[name]["sha256"])) for name in names or saved}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{folder / CHECKSUMS}: not the checksums of this folder; {remedy}") from error
    for name, (size, hashes) in wanted.items():
        check_file(folder / name, size, hashes, remedy)


def check_file(path: Path, size: int, hashes: Sequence[str], remedy: str) -> None:
    """Refuse a file of another size or with other `block_hashes`; the parameters are those of `check_files`."""
    if not path.is_file():
        raise InputError(f"{path}: missing; {remedy}")
    if (found := path.stat().st_size) != size:
        wrong = "cut short" if found < size else "too long"
        raise InputError(f"{path}: {wrong}, {found:,} bytes where {size:,} were written; {remedy}")
    for number, (now, then) in enumerate(zip(block_hashes(path), hashes, strict=False)):
        if now != then:
            last = min((number + 1) * _BLOCK, size)
            raise InputError(
                f"{path}: changed since it was written, between bytes {number * _BLOCK:,} and {last:,}; {remedy}"
            )


def _hashes(path: Path, size: int) -> tuple[str, ...]:
    starts = range(0, max(size, 1), _BLOCK)
    if len(starts) == 1:
        return (_hash_block(path, 0),)
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1, MOST_THREADS)) as threads:
        return tuple(threads.map(functools.partial(_hash_block, path), starts))


def _hash_block(path: Path, start: int) -> str:
    digest, left = hashlib.sha256(), _BLOCK
    with path.open("rb", buffering=0) as stream:
        stream.seek(start)
        while left and (piece := stream.read(min(left, _PIECE))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
