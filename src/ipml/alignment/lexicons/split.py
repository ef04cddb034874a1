"""Which part of a package's dictionary a source word is in: by a hash of the word, the same on every machine."""

import hashlib
from collections.abc import Iterable, Sequence

from ipml.errors import InputError

PARTS = 1000


def thousandth(word: str) -> int:
    """Place of a source word, 0 to 999; all its translations are there.

    Examples
    --------
    >>> thousandth("犬")
    881
    """
    return int(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()[:8], 16) % PARTS


def sources_in(words: Iterable[str], bounds: Sequence[int], key: str) -> set[str]:
    """Words whose thousandth is ``bounds[0]`` or more and below ``bounds[1]``.

    Raises
    ------
    InputError
        If the bounds are not two whole numbers from 0 to 1000, the first below the second.
    """
    whole = all(type(bound) is int for bound in bounds)
    if len(bounds) != 2 or not whole or not 0 <= bounds[0] < bounds[1] <= PARTS:
        raise InputError(f"{key}={list(bounds)}: thousandths are needed, as [420,1000]; 0 to 1000, rising")
    return {word for word in words if bounds[0] <= thousandth(word) < bounds[1]}
