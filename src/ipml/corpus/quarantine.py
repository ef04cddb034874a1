"""Where rows go that cannot be read, and counts of what was read otherwise than it stands."""

import json
import tempfile
from collections.abc import Collection, Iterator
from os import SEEK_END
from pathlib import Path
from typing import Any

from ipml.errors import InputError
from ipml.files import atomic_path

_MOST_REASONS = 200  # kept apart; a broken file may have a reason of its own in every row


class Tally:
    """Counts rows by file and reason.

    Attributes
    ----------
    entries
        A dictionary each: ``file``, ``reason``, ``rows`` and ``first``, its place as ``pages.jsonl:12``.
    """

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._by_reason: dict[tuple[str, str], dict[str, Any]] = {}

    def add(self, file: str, line: int, reason: str) -> None:
        """Count a row."""
        if len(self.entries) >= _MOST_REASONS and (file, reason) not in self._by_reason:
            reason = "other reasons"
        entry = self._by_reason.get((file, reason))
        if entry is None:
            entry = {"file": file, "reason": reason, "rows": 0, "first": f"{file}:{line}"}
            self._by_reason[file, reason] = entry
            self.entries.append(entry)
        entry["rows"] += 1


class Quarantine:
    """Collects the rows of a source that cannot be read, in a nameless file, however many they are.

    Parameters
    ----------
    threshold
        Share of a table's rows that may be unreadable, 0 to 1.
    report
        File that lists them when the threshold is passed.

    Attributes
    ----------
    tally
        Their counts by reason.
    """

    def __init__(self, threshold: float, report: Path) -> None:
        self._rows = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self.tally = Tally()
        self._threshold = threshold
        self._report = report

    def add(self, file: str, line: int, reason: str, **more: str) -> None:
        """Keep a row; of one that contradicts another also where that stands, ``kept``."""
        row = {"file": file, "line": line, "reason": reason, **more}
        self._rows.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.tally.add(file, line, reason)

    def check(self, files: Collection[str], n_rows: int) -> None:
        """Fail if too many of a table's rows are here; the report then lists all.

        Parameters
        ----------
        files
            Those of the table.
        n_rows
            Its rows, good and bad.

        Raises
        ------
        InputError
            If their share is above the threshold.
        """
        reasons = [entry for entry in self.tally.entries if entry["file"] in files]
        n_bad = sum(entry["rows"] for entry in reasons)
        if n_bad <= self._threshold * n_rows:
            return
        with (
            atomic_path(self._report) as temporary,
            temporary.open("w", encoding="utf-8", newline="\n") as to,
        ):
            to.writelines(self.lines())
        most = max(reasons, key=lambda entry: entry["rows"])
        raise InputError(
            f"{most['file']}: {n_bad:,} of {n_rows:,} rows cannot be read, more than "
            f"quarantine.threshold={self._threshold}; {most['rows']:,} times: {most['reason']}; "
            f"first: {most['first']}; all in {self._report}"
        )

    def lines(self) -> Iterator[str]:
        """Yield each row as a line of JSON."""
        self._rows.seek(0)
        yield from self._rows
        self._rows.seek(0, SEEK_END)

    def close(self) -> None:
        """Forget the rows."""
        self._rows.close()
