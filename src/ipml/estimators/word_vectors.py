"""Word vectors as people have them at hand: a mapping, a table, or words and a matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.errors import InputError
from ipml.estimators.containers import as_list
from ipml.files import short_hash
from ipml.text.embeddings.table import VectorTable, has_numbers, no_numbers

WordVectors = Mapping[str, npt.ArrayLike] | pd.DataFrame | tuple[Sequence[str], npt.ArrayLike]


def vector_table(vectors: WordVectors | None, key: str) -> VectorTable:
    """Make a table of some word vectors.

    Parameters
    ----------
    vectors
        Word to vector, a DataFrame with the words as its index and a column a dimension, or n words and their vectors,
        shape (n, d), the most frequent first.
    key
        Name of the parameter, for messages.

    Raises
    ------
    InputError
        If they are no word vectors, a word stands twice, or a vector is not finite.
    """
    words, rows = _parts(vectors, key)
    try:
        given = np.asarray(rows)
        matrix = given.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{key}: not vectors of one length ({error})") from error
    if given.dtype.kind in "cSU" or (
        given.dtype == object and any(isinstance(number, str) for number in given.ravel())
    ):
        raise InputError(f"{key}: vectors of {given.dtype}; needed: numbers")
    if matrix.ndim != 2 or len(matrix) != len(words) or not len(words):
        raise InputError(
            f"{key}: {len(words)} words and vectors of shape {matrix.shape}; needed: n and (n, d)"
        )
    if len(set(words)) < len(words):
        raise InputError(f"{key}: {len(words)} words, but only {len(set(words))} different ones")
    if not (good := has_numbers(matrix)).all():
        raise no_numbers(key, words[int(np.argmin(good))])
    return VectorTable(words, matrix, short_hash("\n".join(words), np.ascontiguousarray(matrix).tobytes()))


def _parts(vectors: Any, key: str) -> tuple[list[str], Any]:
    rows: Any
    if isinstance(vectors, Mapping):
        words, rows = list(vectors), list(vectors.values())
    elif isinstance(vectors, pd.DataFrame):
        words, rows = list(vectors.index), vectors.to_numpy()
    elif isinstance(vectors, tuple | list) and len(vectors) == 2:
        words, rows = as_list(f"{key}, first of two", vectors[0], "a list of words"), vectors[1]
    else:
        raise InputError(
            f"{key}: {type(vectors).__name__}; needed: a mapping of words to vectors, a table with words as its "
            "index, or (words, matrix)"
        )
    for word in words:
        if not isinstance(word, str):
            raise InputError(f"{key}: {word!r} is not a word")
    return words, rows
