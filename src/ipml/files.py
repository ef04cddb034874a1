"""Files that are whole or absent, locks between processes, and names that every file system takes."""

import functools
import hashlib
import json
import os
import re
import shutil
import socket
import time
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ipml.guards.secrets import conceal

# Names that Windows keeps for devices, with any ending, and characters that it refuses.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)")
_REFUSED = re.compile(r'[<>:"/\\|?*]')
_TEMPORARY = re.compile(r"\..+\.(?:(?P<host>[0-9a-f]{8})-(?P<process>\d+)-)?[0-9a-f]{8}\.tmp")
_LEFTOVER_AGE = 7 * 24 * 3600.0  # seconds
_PROCESSES = "/proc/self/ns/pid"
_swept: set[Path] = set()
_LONGEST_NAME = 120  # bytes of UTF-8; file systems take 255, and a name gets a prefix and endings


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target`` that takes its name when the block succeeds.

    Works for a file or a directory. If the block fails, nothing is left, and what a killed process has left in that
    folder is removed. If another process has created a directory of that name meanwhile, the first one stays.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target.parent)
    own = f"{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    temporary = target.parent / f".{target.name}.{own}.tmp"
    try:
        yield temporary
        try:
            os.replace(temporary, target)
        except OSError:
            if not (temporary.is_dir() and target.is_dir()):
                raise
    finally:
        _remove(temporary)


def remove_leftovers(folder: Path) -> None:
    """Remove what `atomic_path` has left in a folder when its process was killed; looks once a process.

    A temporary name tells host and process. One of another host, or of a version that told neither, goes when nothing
    in it has changed for a week.
    """
    if folder in _swept:
        return
    _swept.add(folder)
    with os.scandir(folder) as entries:
        left = [match for entry in entries if (match := _TEMPORARY.fullmatch(entry.name))]
    if not left:
        return
    import psutil  # rarely needed, and every command imports this module

    for match in left:
        path = folder / match[0]
        if match["host"] == _host():
            is_dead = not psutil.pid_exists(int(match["process"]))
        else:
            is_dead = _age(path) > _LEFTOVER_AGE
        if is_dead:
            _remove(path)


def _age(path: Path) -> float:
    """Seconds since anything in a file or folder was changed; 0 if it goes away meanwhile."""
    try:
        return time.time() - max(part.stat().st_mtime for part in (path, *path.rglob("*")))
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


@functools.cache
def _host() -> str:
    """Short hash of this host and of the namespace of its process numbers, as those of a container are its own."""
    namespace = os.readlink(_PROCESSES) if os.path.exists(_PROCESSES) else ""
    return short_hash(socket.gethostname(), namespace)[:8]


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; the system lets go of it when the process dies.

    The number of the process that holds it stands beside it (`lock_holder`), since Windows lets nobody read a locked
    file. Where the file system has no locks, this fails rather than trust a file that a killed process leaves behind.

    Raises
    ------
    BlockingIOError
        Without ``wait``, if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, fallback_to_soft=False, preserve_lock_file=True)
    try:
        lock.acquire(blocking=wait)
    except Timeout as error:
        raise BlockingIOError(f"{path}: held by process {lock_holder(path)}") from error
    try:
        write_text(_holder_file(path), f"{os.getpid()}\n")
        yield
    finally:
        lock.release()


def remove_lock(path: Path) -> None:
    """Remove a lock file; nobody may hold it, or wait for it."""
    path.unlink(missing_ok=True)
    _holder_file(path).unlink(missing_ok=True)


def lock_holder(path: Path) -> str:
    """Return the number of the process that holds the lock file, or held it last; ``unknown`` if nothing says."""
    try:
        return _holder_file(path).read_text(encoding="utf-8").strip()
    except OSError:
        return "unknown"


def _holder_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.pid")


def safe_file_name(text: str) -> str:
    """Make a file name of a user's text that Linux, macOS and Windows take.

    A text that is one already stays as it is. Otherwise characters are replaced and the text's hash is added, so that
    two texts never get one name. Upper and lower case stay, though some file systems do not tell them apart.

    Parameters
    ----------
    text
        Any text, as a firm's identifier or the name of a study; neither a path nor the ending of a file.
    """
    name = _REFUSED.sub("_", "".join("_" if unicodedata.category(c)[0] == "C" else c for c in text))
    if _DEVICES.match(name):
        name = f"_{name}"
    name = name.strip(" .") or "_"
    if name == text and len(name.encode()) <= _LONGEST_NAME:
        return name
    digest = short_hash(text.encode("utf-8", "surrogatepass"))[:8]
    kept = name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
    return f"{kept}-{digest}"


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 with the line ends that it has, whole or not at all; known passwords are masked in it."""
    with atomic_path(path) as temporary:
        temporary.write_text(conceal(text), encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as indented UTF-8 JSON, whole or not at all."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """Read a UTF-8 JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def short_hash(*parts: bytes | str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of the parts, each preceded by its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()[:16]


@functools.cache
def code_fingerprint() -> str:
    """Hash the package's source, so that a changed program does not reuse old results."""
    root = Path(__file__).parent
    return short_hash(*(path.read_bytes() for path in sorted(root.rglob("*.py"))))


def hash_file(path: Path) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
