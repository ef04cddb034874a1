"""How one value of a source is read: as what it plainly means, or not at all, and why."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from ipml.text.normalisation import IGNORABLE

# Ends of lines and paragraphs, and the Braille blank, are drawn as nothing, too.
_INVISIBLE = re.compile(f"[{IGNORABLE}\u2028\u2029\u2800]")
# Columns that are compared letter by letter: what nobody can see in them tells nothing apart.
_IDENTIFIERS = frozenset(
    ("firm_id", "patent_id", "country", "firm_type", "industry", "corporate_group", "language", "kind", "url")
)
_NUMBERS_AS_TEXT = frozenset(
    ("firm_id", "patent_id", "industry", "corporate_group", "name", "name_local", "brands")
)
_LISTS = frozenset(("brands", "ipc"))
_FLAGS = {
    "true": True, "yes": True, "1": True, "1.0": True,
    "false": False, "no": False, "0": False, "0.0": False,
}  # fmt: skip
_TAG = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{1,8})*")  # BCP 47, and with an underline as in locales
SEEN = "text with blanks around it, invisible or split characters: read as it is seen"
_EMPTY = "empty text: read as null"
_LONGEST_SHOWN = 40
_LARGEST_EXACT = 2.0**53  # above it, not every whole number is a floating-point number


class Exponent(float):
    """A number that was written with an exponent, as 12E4: more likely a code that a program took for a number."""


class Cell(NamedTuple):
    """A value that was read.

    Attributes
    ----------
    value
        Text, true, false or null.
    remark
        In which way it was read otherwise than it stands; empty if it was not.
    fault
        Why it cannot be read; empty if it can.
    """

    value: str | bool | None
    remark: str = ""
    fault: str = ""


_NULL = Cell(None)


class Column(NamedTuple):
    """A column of a corpus, as far as its values have rules."""

    name: str
    nullable: bool
    is_flag: bool


def read_cell(column: Column, value: Any, languages: Mapping[str, str]) -> Cell:
    """Read a value of a column.

    Parameters
    ----------
    column
        Its column. That one which may not be null is null is left to the caller.
    value
        As `json` and other readers give it.
    languages
        Language of each further code or name of one, in small letters.
    """
    if value is None:
        return _NULL
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return Cell(None, "NaN: read as null")
    if column.is_flag:
        return _flag(value)
    if isinstance(value, list) and column.name in _LISTS:
        return _joined(column, value, languages)
    if isinstance(value, str):
        cell = _text(column, value)
        return _language(cell, languages) if column.name == "language" and cell.value else cell
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(column.name, value)
    return Cell(None, "", f"{_json_name(value)}, not text")


def _joined(column: Column, parts: list[Any], languages: Mapping[str, str]) -> Cell:
    """Texts of a list as one; a null is none of them, and a number is read as it would be by itself."""
    if all(isinstance(part, str) for part in parts):
        return _text(column, "; ".join(parts))
    cells = [
        Cell(None, "", "a list, not text") if isinstance(part, list) else read_cell(column, part, languages)
        for part in parts
    ]
    for fault in (cell.fault for cell in cells if cell.fault):
        return Cell(None, "", f"a list with an entry that is {fault}")
    text = "; ".join(str(cell.value) for cell in cells if cell.value is not None)
    return Cell(text or None, "a list with nulls or numbers: read without them, or as text")


def _text(column: Column, text: str) -> Cell:
    if column.name in _IDENTIFIERS:
        return _identifier(column, text)
    if text and (not column.nullable or _visible(text)):
        return Cell(well_formed(text))
    return Cell(None, _EMPTY) if column.nullable else Cell("")


def _identifier(column: Column, text: str) -> Cell:
    if text.isascii() and text.isprintable() and text.strip() == text != "":
        return Cell(text)
    if well_formed(text) != text:
        return Cell(None, "", "text with a character that no file can hold")
    written = unicodedata.normalize("NFC", _visible(text))
    if not written:
        return (
            Cell(None, _EMPTY) if column.nullable or not text else Cell(None, "", "text that nobody can see")
        )
    if any(unicodedata.category(character) == "Cc" for character in written):
        return Cell(None, "", "text with a control character, as a line end, in it")
    return Cell(written, "" if written == text else SEEN)


def _visible(text: str) -> str:
    return (text if text.isascii() else _INVISIBLE.sub("", text)).strip()


def _language(cell: Cell, languages: Mapping[str, str]) -> Cell:
    """Read a language tag, another code or the name of a language as the language's own code."""
    text = str(cell.value)
    code = languages.get(text.casefold())  # a file may have the name of a whole tag
    if code is None:
        match = _TAG.fullmatch(text)
        if not match:
            return Cell(None, "", f"{shown(text)}, not a language's code or tag, as ja, ja-JP or jpn")
        main = match[1].lower()
        code = languages.get(main, main)
    return cell if code == text else Cell(code, f"another tag, code or name: read as {code}")


def _number(name: str, number: int | float) -> Cell:
    if name not in _NUMBERS_AS_TEXT and name != "date":
        return Cell(None, "", "a number, not text")
    if isinstance(number, Exponent):
        return Cell(None, "", "a number with an exponent, not text; put it between quotation marks")
    if isinstance(number, float):  # a table with gaps makes 1301.0 of 1301
        if abs(number) >= _LARGEST_EXACT or number != int(number):
            return Cell(None, "", "a number that is not whole, or too large to be exact, not text")
        number = int(number)
    if name == "date" and not _is_date(str(number)):
        return Cell(None, "", "a number that is neither a year nor a day, as 20250702")
    return Cell(str(number), "a whole number: read as text")


def _is_date(digits: str) -> bool:
    """Whether a number is a year, or a day as 20250702; not so the seconds since 1970."""
    try:
        return bool(datetime.strptime(digits, {4: "%Y", 8: "%Y%m%d"}.get(len(digits), "")))
    except ValueError:
        return False


def _flag(value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell(value)
    if isinstance(value, int | float) and value in (0, 1):
        return Cell(bool(value), "0 or 1: read as false or true")
    if isinstance(value, str):
        written = _visible(value).lower()
        if not written:
            return Cell(None, _EMPTY)
        if written in _FLAGS:
            return Cell(_FLAGS[written], "text of a yes or no: read as true or false")
        return Cell(None, "", f"{shown(value)}, not true or false (nor {', '.join(_FLAGS)})")
    return Cell(None, "", f"{_json_name(value)}, not true or false")


def shown(text: str) -> str:
    """Cut a text of a source short for a message, and make it printable."""
    return printable(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def printable(text: str) -> str:
    """Replace what a terminal might obey, and what no file can hold, by U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def well_formed(text: str) -> str:
    """Replace what no text file can hold, lone surrogates and NUL, by U+FFFD, as Unicode 5.22 advises."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def _json_name(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"
