"""Rows that cannot be read: kept with file, line and reason, counted, and fatal only when they are many."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ipml.errors import InputError
from ipml.files import atomic_path


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
        if not 0 <= threshold <= 1:
            raise InputError(f"quarantine.threshold={threshold}: a share from 0 to 1 is needed")
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
        with atomic_path(self._report) as temporary:
            temporary.write_text(
                "".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8", newline="\n"
            )
        reason, count = Counter(row["reason"] for row in bad).most_common(1)[0]
        raise InputError(
            f"{file}: {len(bad):,} of {n_rows:,} rows cannot be read, more than "
            f"quarantine.threshold={self._threshold}; {count:,} times: {reason}; "
            f"first: line {bad[0]['line']}: {bad[0]['reason']}; all in {self._report}"
        )
