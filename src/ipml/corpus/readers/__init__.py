"""Readers of source formats: each yields rows of firms, pages and patents, and where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ipml.errors import choice_error

FORMATS = ("jsonl",)


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


class Reader(Protocol):
    """Reads one source."""

    @property
    def source(self) -> str:
        """Where the rows come from, in words."""

    @property
    def fingerprint(self) -> str:
        """Hash of the source's files and of the way they are read."""

    def rows(self, table: str) -> Iterator[SourceRow]:
        """Yield the rows of ``firms``, ``pages`` or ``patents`` one by one."""


def open_reader(source_format: str, root: Path) -> Reader:
    """Open a source by the name of its format, one of `FORMATS`."""
    from ipml.corpus.readers.jsonl import JsonLines

    if source_format not in FORMATS:
        raise choice_error("source.format", source_format, FORMATS)
    return JsonLines(root)
