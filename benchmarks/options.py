"""Options of a benchmark, given as ``key=value`` on the command line."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

from ipml.errors import InputError, choice_error

Settings = TypeVar("Settings")


def count(options: dict[str, str], key: str, default: int) -> int:
    """Take a whole number of at least 1 out of the options."""
    text = options.pop(key, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"{key}={text}: a whole number, at least 1, is needed")
    return int(text)


def numbers(options: dict[str, str], key: str, default: str) -> list[int]:
    """Take a list of whole numbers, separated by commas, out of the options."""
    text = options.pop(key, default)
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"{key}={text}: whole numbers, separated by commas, are needed")
    return [int(part) for part in parts]


def settings_from(options: dict[str, str], kind: type[Settings]) -> Settings:
    """Take the fields of a dataclass, numbers with defaults, out of the options."""
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in options:
            text = options.pop(field.name)
            try:
                values[field.name] = float(text) if isinstance(field.default, float) else int(text)
            except ValueError:
                raise InputError(f"{field.name}={text}: a number is needed, as {field.default}") from None
    return kind(**values)


def switch(options: dict[str, str], key: str, default: bool) -> bool:
    """Take ``yes`` or ``no`` out of the options."""
    text = options.pop(key, "yes" if default else "no")
    if text not in ("yes", "no"):
        raise choice_error(key, text, ["yes", "no"])
    return text == "yes"


def refuse_others(options: dict[str, str], allowed: Sequence[str]) -> None:
    """Refuse an option that nobody has taken out: `InputError`."""
    if options:
        raise choice_error("option", next(iter(options)), allowed)
