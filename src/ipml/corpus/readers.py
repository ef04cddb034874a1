"""Readers of sources: each yields rows of firms, pages and patents, and says where they stand.

A reader is a class that ``source._target_`` of the configuration names; it is called with the other keys of the
group ``source``, but for ``as_of``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import ipml
from ipml.console import console
from ipml.corpus.cells import Exponent, shown
from ipml.corpus.schema import TABLES
from ipml.errors import InputError, check_count, no_such_folder
from ipml.files import hash_file, short_hash
from ipml.guards.lines import LONGEST_CELL, LONGEST_LINE, read_lines
from ipml.targets import check_targets, make

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
    check_targets(arguments, "source")
    reader = make("source", arguments)
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
    longest_line
        Bytes that a line may have; a longer one is a row that cannot be read.
    longest_cell
        Characters that a text may have, likewise.

    Raises
    ------
    InputError
        If it does not hold the files, or a length is not a whole number above 0.
    """

    def __init__(
        self, root: Path | str, longest_line: int = LONGEST_LINE, longest_cell: int = LONGEST_CELL
    ) -> None:
        check_count("source.longest_line", longest_line)
        check_count("source.longest_cell", longest_cell)
        self._longest_line, self._longest_cell = longest_line, longest_cell
        root = Path(root)
        if not root.is_dir():
            raise no_such_folder("source.root", root)
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
            If the file has no row, or is a broken gzip.
        """
        path = self._files.get(table)
        if path is None:
            console.print(f"{self.source} has no {table}")
            return
        count = 0
        for number, line in read_lines(path, self._longest_line):
            if line is None:
                fault = f"a line of more than {self._longest_line:,} bytes (source.longest_line)"
                yield SourceRow(path.name, number, None, fault)
            elif line.strip():
                yield _read_line(path.name, number, line, self._longest_cell)
            else:
                continue
            count += 1
        if not count:
            raise InputError(f"{path}: has no rows")


class _TwiceError(ValueError):
    """A key stands twice in an object, with two values."""


def _read_line(file: str, number: int, line: bytes, longest_cell: int) -> SourceRow:
    def unreadable(fault: str) -> SourceRow:
        return SourceRow(file, number, None, fault)

    try:
        columns = json.loads(line.decode(), object_pairs_hook=_object, parse_float=_number)
    except UnicodeDecodeError:
        return unreadable("not UTF-8")
    except RecursionError:
        return unreadable("not JSON: nested too deep")
    except _TwiceError as error:
        return unreadable(str(error))
    except ValueError:
        return unreadable("not JSON")
    if not isinstance(columns, dict):
        return unreadable("not a JSON object")
    for name, value in columns.items():
        if isinstance(value, list):
            length = sum(len(part) for part in value if isinstance(part, str))
        else:
            length = len(value) if isinstance(value, str) else 0
        if length > longest_cell:
            return unreadable(
                f"{shown(name)} has more than {longest_cell:,} characters (source.longest_cell)"
            )
    return SourceRow(file, number, columns)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    columns = dict(pairs)
    if len(columns) < len(pairs):
        for name, value in pairs:
            if repr(columns[name]) != repr(value):
                raise _TwiceError(f"the key {shown(name)} stands twice, with two values")
    return columns


def _number(text: str) -> float:
    return Exponent(text) if "e" in text.lower() else float(text)
