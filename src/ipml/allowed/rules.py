"""What a value of the configuration may be, as rules that are called with a key and a value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipml.errors import InputError, check_count, check_range, choice_error

Rule = Callable[
    [str, object], None
]  # raises an `InputError` that names the key, the value and what is allowed


@dataclass(frozen=True)
class Choice:
    """One of a closed list; of a list in the configuration, every entry."""

    allowed: tuple[object, ...]

    def __call__(self, key: str, value: object) -> None:
        """Refuse what is not on the list."""
        values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        for one in values:
            if one not in self.allowed:
                raise choice_error(key, "null" if one is None else one, self.shown)

    @property
    def shown(self) -> list[str]:
        """The list as it is written on the command line."""
        return ["null" if one is None else str(one) for one in self.allowed]


@dataclass(frozen=True)
class Count:
    """A whole number from ``low`` to ``high``; ``null`` where it stands for no limit."""

    low: int = 1
    high: float = float("inf")
    or_null: bool = False

    def __call__(self, key: str, value: object) -> None:
        """Refuse what is not such a number."""
        if not (value is None and self.or_null):
            check_count(key, value, self.low, self.high)


@dataclass(frozen=True)
class Between:
    """A number from ``low`` to ``high``, both included."""

    low: float
    high: float = float("inf")

    def __call__(self, key: str, value: object) -> None:
        """Refuse what is not such a number."""
        check_range(key, as_number(key, value), self.low, self.high)


@dataclass(frozen=True)
class Inside:
    """A number above ``low`` and below ``high``."""

    low: float
    high: float = float("inf")

    def __call__(self, key: str, value: object) -> None:
        """Refuse what is not such a number."""
        if not self.low < as_number(key, value) < self.high:
            below = "" if self.high == float("inf") else f", less than {self.high:g}"
            raise InputError(f"{key}={value}: allowed: more than {self.low:g}{below}")


@dataclass(frozen=True)
class Each:
    """A list with at least one entry, of which each obeys a rule."""

    rule: Rule

    def __call__(self, key: str, value: object) -> None:
        """Refuse an empty list, and what an entry may not be."""
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise InputError(f"{key}={value}: a list with at least one entry is needed")
        for one in value:
            self.rule(key, one)


@dataclass(frozen=True)
class Written:
    """A word of a certain form, or ``null`` where that is allowed.

    Parameters
    ----------
    pattern
        Regular expression of the whole word.
    example
        What is needed, for the message.
    shown_as
        Name of the key on the command line where it is another than in the configuration.
    """

    pattern: str
    example: str
    or_null: bool = False
    shown_as: str = ""

    def __call__(self, key: str, value: object) -> None:
        """Refuse what is written in another way."""
        if value is None and self.or_null:
            return
        if re.fullmatch(self.pattern, str(value)) is None:
            raise InputError(f"{self.shown_as or key}={value}: allowed: {self.example}")


def as_number(key: str, value: object) -> float:
    """Return a number as it is; refuse anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{key}={'null' if value is None else value}: a number is needed")
    return value
