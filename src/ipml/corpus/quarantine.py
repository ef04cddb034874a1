"""Where rows go that cannot be read, and counts of what was read otherwise than it stands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ipml.errors import InputError
from ipml.files import atomic_path


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
        entry = self._by_reason.get((file, reason))
        if entry is None:
            entry = {"file": file, "reason": reason, "rows": 0, "first": f"{file}:{line}"}
            self._by_reason[file, reason] = entry
            self.entries.append(entry)
        entry["rows"] += 1

    def of_file(self, file: str) -> Iterator[dict[str, Any]]:
        """Yield the entries of a file."""
        return (entry for entry in self.entries if entry["file"] == file)


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
        One dictionary a row: ``file``, ``line``, ``reason``, and ``kept`` of a row that contradicts one that is kept.
    tally
        Their counts by reason.
    """

    def __init__(self, threshold: float, report: Path) -> None:
        self.rows: list[dict[str, Any]] = []
        self.tally = Tally()
        self._threshold = threshold
        self._report = report

    def add(self, file: str, line: int, reason: str, **more: str) -> None:
        """Keep a row."""
        self.rows.append({"file": file, "line": line, "reason": reason, **more})
        self.tally.add(file, line, reason)

    def check(self, file: str, n_rows: int) -> None:
        """Fail if too many of a file's rows are here; the report then lists all.

        Raises
        ------
        InputError
            If their share is above the threshold.
        """
        reasons = list(self.tally.of_file(file))
        n_bad = sum(entry["rows"] for entry in reasons)
        if n_bad <= self._threshold * n_rows:
            return
        with atomic_path(self._report) as temporary:
            temporary.write_text(
                "".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8", newline="\n"
            )
        most = max(reasons, key=lambda entry: entry["rows"])
        raise InputError(
            f"{file}: {n_bad:,} of {n_rows:,} rows cannot be read, more than "
            f"quarantine.threshold={self._threshold}; {most['rows']:,} times: {most['reason']}; "
            f"first: {most['first']}; all in {self._report}"
        )
