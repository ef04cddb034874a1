"""Tables for people as CSV: no cell is taken for a formula by the spreadsheet that opens it.

Spreadsheets run a text that begins with ``=``, ``+``, ``-`` or ``@``, also in full width, or hides it behind a tab or a
line end (OWASP, CSV injection); a sign alone is none. Such a text gets a ``'`` before it, which they take for the mark
of a text. Numbers stay as they are; so does Parquet, which programs read.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]\s*\S|[\t\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def csv_text(frame: pd.DataFrame) -> str:
    """Write a table as CSV with formulas made harmless, those in names of columns too; lines end with a line feed."""
    shown = frame.rename(columns=harmless)
    for place, kind in enumerate(shown.dtypes):
        if pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.StringDtype | pd.CategoricalDtype):
            column = shown.iloc[:, place].astype(object).map(harmless, na_action="ignore")
            shown.isetitem(place, column.array)
    return str(shown.to_csv(index=False, lineterminator="\n"))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write `csv_text` to a file, as UTF-8."""
    path.write_text(csv_text(frame), encoding="utf-8", newline="")


def harmless(cell: Any) -> Any:
    """Put a ``'`` before a text that a spreadsheet would run; whatever else is returned as it is.

    A carriage return becomes a line feed: pandas does not quote it, and what follows would begin a row.
    """
    if not isinstance(cell, str):
        return cell
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
