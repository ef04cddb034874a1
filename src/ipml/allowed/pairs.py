"""The pair of groups that ``pair=[JP-established,US-established]`` names."""

from collections.abc import Sequence

from ipml.allowed.names import COUNTRIES, FIRM_TYPES
from ipml.errors import InputError

GroupKey = tuple[str, str]


def read_pair(pair: Sequence[str]) -> tuple[GroupKey, GroupKey]:
    """Country and firm type of both groups of ``pair=[JP-established,US-established]``; `InputError` if not two."""
    keys = [tuple(str(name).split("-", 1)) for name in pair] if not isinstance(pair, str) else []
    known = all(len(key) == 2 and key[0] in COUNTRIES and key[1] in FIRM_TYPES for key in keys)
    if not known or len(set(keys)) != 2 or len(keys) != 2:
        shown = pair if isinstance(pair, str) else f"[{','.join(map(str, pair))}]"
        raise InputError(
            f"pair={shown}: two groups are needed, as [JP-established,US-established]; allowed: "
            f"{', '.join(COUNTRIES)} with {', '.join(FIRM_TYPES)}"
        )
    return (keys[0][0], keys[0][1]), (keys[1][0], keys[1][1])
