"""Readers of sources: each yields rows of firms, pages and patents, and says where they stand.

A reader is a class that ``source._target_`` of the configuration names; it is called with the other keys of the
group ``source``, but for ``as_of``.
"""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from hydra.errors import InstantiationException
from hydra.utils import instantiate

import ipml
from ipml.console import console
from ipml.corpus.schema import TABLES
from ipml.errors import InputError
from ipml.files import hash_file, short_hash

ENDINGS = (".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class SourceRow:
    """A row as it stands in a source, under the column names of a corpus.

    Attributes
    ----------
    file, line
        Where it stands; lines count from 1.
    columns
        Its values, not checked yet; None if it could not be read.
    fault
        Why it could not be read.
    """

    file: str
    line: int
    columns: dict[str, Any] | None
    fault: str = ""


@runtime_checkable
class Reader(Protocol):
    """Reads one source."""

    @property
    def source(self) -> str:
        """Where the rows come from, in words."""

    def rows(self, table: str) -> Iterator[SourceRow]:
        """Yield the rows of ``firms``, ``pages`` or ``patents`` one by one."""


def open_reader(settings: Mapping[str, Any]) -> Reader:
    """Make the reader that the group ``source`` of the configuration names.

    Parameters
    ----------
    settings
        ``_target_`` and the arguments of that class, ``root`` among them; ``as_of`` is none of them.

    Raises
    ------
    InputError
        If there is no such class, it refuses the arguments, or it makes no reader.
    """
    arguments = {key: value for key, value in settings.items() if key != "as_of"}
    try:
        reader = instantiate(arguments)
    except InstantiationException as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from error
        raise InputError(f"source._target_={settings['_target_']}: {' '.join(str(error).split())}") from error
    if not isinstance(reader, Reader):
        raise InputError(
            f"source._target_={settings['_target_']}: a reader is needed, with `source` and `rows` as "
            "ipml.corpus.readers.Reader has them"
        )
    return reader


def find_file(root: Path, table: str) -> Path | None:
    """File of a table in a folder, or None.

    Raises
    ------
    InputError
        If it is there both plain and compressed.
    """
    found = [root / f"{table}{ending}" for ending in ENDINGS if (root / f"{table}{ending}").is_file()]
    if len(found) > 1:
        raise InputError(f"source.root={root}: has both {found[0].name} and {found[1].name}; keep one")
    return found[0] if found else None


class JsonLines:
    """Reads a folder of JSON lines. Firms and pages must be there, patents may be missing.

    Parameters
    ----------
    root
        The folder.

    Raises
    ------
    InputError
        If it does not hold the files.
    """

    def __init__(self, root: Path | str) -> None:
        root = Path(root)
        if not root.is_dir():
            raise InputError(f"source.root={root}: no such folder")
        self.source = str(root)
        self._files = {table: path for table in TABLES if (path := find_file(root, table))}
        for table in ("firms", "pages"):
            if table not in self._files:
                names = " nor ".join(f"{table}{ending}" for ending in ENDINGS)
                raise InputError(f"source.root={root}: neither {names} is there")

    @property
    def fingerprint(self) -> str:
        """Hash of the files and of the version that reads them."""
        hashes = [f"{table} {hash_file(path)}" for table, path in self._files.items()]
        return short_hash(ipml.__version__, *hashes)

    def rows(self, table: str) -> Iterator[SourceRow]:
        """Yield the rows of a table one by one; blank lines are passed over.

        Raises
        ------
        InputError
            If the file has no row, or is compressed and broken.
        """
        path = self._files.get(table)
        if path is None:
            console.print(f"{self.source} has no {table}")
            return
        number = count = 0
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
                for number, line in enumerate(stream, start=1):
                    if number == 1:
                        line = line.removeprefix(codecs.BOM_UTF8)
                    if line.strip():
                        count += 1
                        yield _read_line(path.name, number, line)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{path}: broken gzip after line {number} ({error}); fetch it again") from error
        if not count:
            raise InputError(f"{path}: has no rows")


def _read_line(file: str, number: int, line: bytes) -> SourceRow:
    try:
        row = json.loads(line.decode())
    except UnicodeDecodeError:
        return SourceRow(file, number, None, "not UTF-8")
    except (ValueError, RecursionError):
        return SourceRow(file, number, None, "not JSON")
    if not isinstance(row, dict):
        return SourceRow(file, number, None, "not a JSON object")
    return SourceRow(file, number, {str(name): _one_text(value) for name, value in row.items()})


def _one_text(value: Any) -> Any:
    """Join a list of texts, as of IPC symbols, into one text."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "; ".join(value)
    return value
