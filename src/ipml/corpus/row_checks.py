"""What a row of a corpus must be, whatever source it comes from, and where rows go that are not so."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ipml.codes import Kind, how_to_add
from ipml.corpus.schema import TABLES
from ipml.errors import InputError
from ipml.files import write_text

_PYTHON_TYPES = {pa.string(): str, pa.bool_(): bool}
# Columns that a source may name otherwise than a corpus does.
_RENAMED = {"lang": "language", "claim_1": "claim"}


class RowCheck:
    """Checks rows table by table, firms first: it remembers them, since pages and patents must be theirs.

    Parameters
    ----------
    countries, firm_types
        Codes that a firm may have; its type may be unknown, too.
    """

    def __init__(self, countries: Sequence[str], firm_types: Sequence[str]) -> None:
        self._codes: dict[str, tuple[Kind, Sequence[str]]] = {
            "country": ("country", countries),
            "firm_type": ("firm_type", firm_types),
        }
        self._firm_ids: set[str] = set()

    def check(self, table: str, columns: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Check a row.

        Returns
        -------
        row
            The columns of the table's schema, in well-formed text.
        fault
            What is wrong with it; empty if nothing is.
        """
        columns = {_RENAMED.get(name, name): value for name, value in columns.items()}
        row: dict[str, Any] = {}
        for field in TABLES[table]:
            value = columns.get(field.name)
            if value is None or value == "":
                if not field.nullable and not (field.name == "text" and value == ""):
                    return row, f"{field.name} is missing"
            elif not isinstance(value, _PYTHON_TYPES[field.type]):
                wanted = "true or false" if field.type == pa.bool_() else "text"
                return row, f"{field.name} is {_json_name(value)}, not {wanted}"
            row[field.name] = well_formed(value) if isinstance(value, str) else value
            if field.name in self._codes and value is not None and value not in self._codes[field.name][1]:
                kind, codes = self._codes[field.name]
                return row, f"{field.name} is not one of {', '.join(codes)}; {how_to_add(kind)}"
        return row, self._fault_of_firm(table, row["firm_id"])

    def _fault_of_firm(self, table: str, firm_id: str | None) -> str:
        if table != "firms":
            return "" if firm_id is None or firm_id in self._firm_ids else "firm_id is not among the firms"
        if firm_id in self._firm_ids:
            return "firm_id stands twice"
        self._firm_ids.add(str(firm_id))
        return ""


def well_formed(text: str) -> str:
    """Replace what no text file can hold, lone surrogates and NUL, by U+FFFD, as Unicode 5.22 advises."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def _json_name(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", str: "text", list: "a list"}.get(type(value), "an object")


class Quarantine:
    """Collects the rows of a source that cannot be read.

    Parameters
    ----------
    threshold
        Share of a file's rows that may be unreadable, 0 to 1.
    report
        File that lists them when the threshold is passed.

    Attributes
    ----------
    rows
        One dictionary a row: ``file``, ``line``, ``reason``.
    """

    def __init__(self, threshold: float, report: Path) -> None:
        self.rows: list[dict[str, Any]] = []
        self._threshold = threshold
        self._report = report

    def add(self, file: str, line: int, reason: str) -> None:
        """Keep a row."""
        self.rows.append({"file": file, "line": line, "reason": reason})

    def count(self) -> Counter[tuple[str, str]]:
        """Count the rows by file and reason."""
        return Counter((row["file"], row["reason"]) for row in self.rows)

    def check(self, file: str, n_rows: int) -> None:
        """Fail if too many of a file's rows are here; the report then lists all.

        Raises
        ------
        InputError
            If their share is above the threshold.
        """
        bad = [row for row in self.rows if row["file"] == file]
        if len(bad) <= self._threshold * n_rows:
            return
        write_text(self._report, "".join(json.dumps(row) + "\n" for row in self.rows))
        reason, count = Counter(row["reason"] for row in bad).most_common(1)[0]
        raise InputError(
            f"{file}: {len(bad):,} of {n_rows:,} rows cannot be read, more than "
            f"quarantine.threshold={self._threshold}; {count:,} times: {reason}; "
            f"first: line {bad[0]['line']}: {bad[0]['reason']}; all in {self._report}"
        )
