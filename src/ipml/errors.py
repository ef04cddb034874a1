"""Errors a user can mend: one line that names the bad value, where it is, and what is allowed."""

import difflib
from collections.abc import Iterable
from pathlib import Path


class InputError(ValueError):
    """A mistake in what the user gave: a value, a file, a configuration.

    The command line prints the message alone, without a traceback, and exits with code 2.
    """


class LineageError(InputError):
    """Two results that do not come from the same corpus, vectors or models were put together."""


class NotRegisteredError(InputError):
    """There is no such registered model, version or alias; whatever else is wrong with a model is another error."""


class NotRecordedError(InputError):
    """There is no such finished run, or it keeps no such table or settings, as one of an older version may not."""


class GroupTooSmallError(InputError):
    """A group has fewer firms than an estimate needs; it is named and left out, never filled."""


def choice_error(key: str, value: object, allowed: Iterable[object]) -> InputError:
    """Error for a value outside a closed list of choices."""
    return InputError(f"{key}={value}: not a choice; allowed: {', '.join(str(a) for a in allowed)}")


def no_such_folder(key: str, folder: Path | str) -> InputError:
    """Error for a folder that is not there; for a relative path it says where it was looked for."""
    place = Path(folder)
    return InputError(
        f"{key}={folder}: no such folder{'' if place.is_absolute() else f'; {place.absolute()} was looked for'}"
    )


def first_line(error: BaseException) -> str:
    """First line of what an error of another's code says, or its name where it says nothing."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def nearest(word: str, known: Iterable[str]) -> str:
    """``, did you mean …?`` with the known word that is most like a misspelt one; empty where none is."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {found[0]}?" if found else ""


def check_count(key: str, value: object) -> None:
    """Refuse what is not a whole number above 0."""
    if type(value) is not int:
        raise InputError(f"{key}={value}: a whole number is needed")
    if value < 1:
        raise InputError(f"{key}={value}: at least 1 is needed")
