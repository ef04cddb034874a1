"""Sources of one JSON object a line: ``firms``, ``pages`` and ``patents``, as ``.jsonl`` or ``.jsonl.gz``."""

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipml
from ipml.console import console
from ipml.corpus.readers import SourceRow
from ipml.corpus.schema import TABLES
from ipml.errors import InputError
from ipml.files import hash_file, short_hash

ENDINGS = (".jsonl", ".jsonl.gz")
# Columns that a source may name otherwise than a corpus does.
_RENAMED = {"lang": "language", "claim_1": "claim"}


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

    def __init__(self, root: Path) -> None:
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
    columns = {str(_RENAMED.get(name, name)): _one_text(value) for name, value in row.items()}
    return SourceRow(file, number, columns)


def _one_text(value: Any) -> Any:
    """Join a list of texts, as of IPC symbols, into one text."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "; ".join(value)
    return value
