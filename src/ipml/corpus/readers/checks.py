"""What a row of a corpus must be, whatever source it comes from."""

from typing import Any

import pyarrow as pa

from ipml.corpus.schema import COUNTRIES, FIRM_TYPES, TABLES

_CHOICES = {"country": COUNTRIES, "firm_type": (*FIRM_TYPES, None)}
_PYTHON_TYPES = {pa.string(): str, pa.bool_(): bool}


class RowCheck:
    """Checks rows table by table, firms first: it remembers them, since pages and patents must be theirs."""

    def __init__(self) -> None:
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
            if field.name in _CHOICES and value not in _CHOICES[field.name]:
                allowed = ", ".join(str(choice) for choice in _CHOICES[field.name] if choice)
                return row, f"{field.name} is not one of {allowed}"
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
