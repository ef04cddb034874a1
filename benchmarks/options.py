"""Options of a benchmark, given as ``key=value`` on the command line."""

from collections.abc import Sequence

from ipml.errors import InputError, choice_error


def count(options: dict[str, str], key: str, default: int) -> int:
    """Take a whole number of at least 1 out of the options."""
    text = options.pop(key, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise InputError(f"{key}={text}: a whole number, at least 1, is needed")
    return int(text)


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
