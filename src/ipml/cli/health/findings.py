"""What a check found."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

OK, MISSING, BROKEN = "ok", "missing", "broken"


class Finding(NamedTuple):
    """A line of the report.

    Attributes
    ----------
    name
        What was looked at.
    mark
        ``ok``; ``missing``: it works without, but less; ``broken``: needed.
    text
        What there is, or what is wrong and what mends it.
    """

    name: str
    mark: str
    text: str


Check = Callable[[], Iterable[Finding]]


def examine(checks: dict[str, Check]) -> Iterator[Finding]:
    """Findings of all checks; one that fails itself is broken and does not keep the others from being made."""
    for name, check in checks.items():
        try:
            yield from check()
        except Exception as error:  # a broken library may raise anything
            yield Finding(name, BROKEN, one_line(error))


def one_line(error: BaseException) -> str:
    """Kind of an error and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
