"""What a row of a corpus must be, whatever source it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from ipml.codes import Kind, how_to_add, language_names
from ipml.corpus.cells import Column, read_cell, shown
from ipml.corpus.schema import TABLES

# Columns that a source may name otherwise than a corpus does.
_OTHER_NAMES = {"language": "lang", "claim": "claim_1"}


def names_of(column: str) -> tuple[str, ...]:
    """Names that a source may give a column."""
    return (column, _OTHER_NAMES[column]) if column in _OTHER_NAMES else (column,)


@dataclass
class CheckedRow:
    """A row of a source as a corpus has it.

    Attributes
    ----------
    columns
        Those of the table's schema, in well-formed text.
    fault
        Why it cannot be read; empty if it can.
    remarks
        What was read otherwise than it stands.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    fault: str = ""
    remarks: list[str] = field(default_factory=list)


class RowCheck:
    """Checks rows table by table, firms first: it remembers them, since pages and patents must be theirs.

    Parameters
    ----------
    countries, firm_types
        Codes that a firm may have; its type may be unknown, too.
    languages
        Language of each further code or name of one, in small letters; by default those of ``conf/language``.
    """

    def __init__(
        self,
        countries: Sequence[str],
        firm_types: Sequence[str],
        languages: Mapping[str, str] | None = None,
    ) -> None:
        self._codes: dict[str, tuple[Kind, Sequence[str]]] = {
            "country": ("country", countries),
            "firm_type": ("firm_type", firm_types),
        }
        self._languages = language_names() if languages is None else languages
        self._firm_ids: set[str] = set()
        self._columns = {
            table: [
                (Column(column.name, column.nullable, column.type == pa.bool_()), names_of(column.name))
                for column in schema
            ]
            for table, schema in TABLES.items()
        }

    @property
    def rules(self) -> tuple[str, ...]:
        """Everything that decides how a row is read, beside the program."""
        codes = (f"{name}={code}" for name, (_, known) in self._codes.items() for code in known)
        return (*codes, *(f"{name}={code}" for name, code in sorted(self._languages.items())))

    def check(self, table: str, columns: Mapping[str, Any]) -> CheckedRow:
        """Read a row and say what is wrong with it, if anything is."""
        row = CheckedRow()
        for column, names in self._columns[table]:
            row.fault = self._read_column(column, names, columns, row)
            if row.fault:
                return row
        row.fault = self._fault_of_firm(table, row.columns["firm_id"])
        return row

    def _read_column(
        self, column: Column, names: tuple[str, ...], columns: Mapping[str, Any], row: CheckedRow
    ) -> str:
        """Add a column to a row, and its remarks; return what is wrong with it."""
        value: Any = None
        name_of_value = column.name
        for name in names:
            cell = read_cell(column, columns.get(name), self._languages)
            if cell.fault:
                return f"{name} is {cell.fault}"
            if cell.remark:
                row.remarks.append(f"{name} is {cell.remark}")
            if cell.value is None:
                continue
            if value is not None and cell.value != value:
                return f"{name_of_value} and {name} have different values"
            value, name_of_value = cell.value, name
        row.columns[column.name] = value
        if value is None:
            return "" if column.nullable else f"{column.name} is missing"
        if column.name in self._codes and value not in self._codes[column.name][1]:
            kind, codes = self._codes[column.name]
            return f"{column.name} is {shown(value)}, not one of {', '.join(codes)}; {how_to_add(kind)}"
        return ""

    def _fault_of_firm(self, table: str, firm_id: str | None) -> str:
        if table != "firms":
            return "" if firm_id is None or firm_id in self._firm_ids else "firm_id is not among the firms"
        self._firm_ids.add(str(firm_id))
        return ""
