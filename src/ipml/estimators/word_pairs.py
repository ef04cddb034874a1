"""Dictionaries as people have them at hand: pairs, a mapping, or a table."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ipml.errors import InputError
from ipml.estimators.containers import text_columns

COLUMNS = ("source", "target")
_NEEDED = (
    "pairs of a source word and a translation, a mapping of words to translations, or a table with the columns "
    f"{' and '.join(COLUMNS)}"
)


def word_pairs(dictionary: Any) -> tuple[tuple[str, str], ...]:
    """Return pairs of words, each once, in their order.

    Parameters
    ----------
    dictionary
        Pairs; a mapping of source words to a translation or several; or a DataFrame with the columns of `COLUMNS`.

    Raises
    ------
    InputError
        For anything else: a text or a word in place of a pair would give its letters.
    """
    if isinstance(dictionary, pd.DataFrame):
        pairs: Iterable[Any] = zip(*text_columns("dictionary", dictionary, COLUMNS), strict=True)
    elif isinstance(dictionary, Mapping):
        pairs = [(word, one) for word, listed in dictionary.items() for one in _translations(word, listed)]
    elif isinstance(dictionary, str | bytes | set | frozenset | pd.Series) or not isinstance(
        dictionary, Iterable
    ):
        raise InputError(f"dictionary: {type(dictionary).__name__}; needed: {_NEEDED}")
    else:
        pairs = dictionary
    return tuple(dict.fromkeys(_pair(number, pair) for number, pair in enumerate(pairs)))


def _translations(word: Any, listed: Any) -> list[Any]:
    if isinstance(listed, str):
        return [listed]
    if not isinstance(listed, list | tuple | np.ndarray):
        raise InputError(
            f"dictionary, word {word!r}: {type(listed).__name__}; needed: a word or a list of words"
        )
    return list(listed)


def _pair(number: int, pair: Any) -> tuple[str, str]:
    if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
        raise InputError(f"dictionary, entry {number}: {pair!r}; needed: {_NEEDED}")
    source, target = pair
    if not isinstance(source, str) or not isinstance(target, str):
        raise InputError(f"dictionary, entry {number}: {pair!r}; needed: two words")
    return str(source), str(target)
