"""Word vectors as people have them at hand: a mapping, or words and a matrix."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError
from ipml.files import short_hash
from ipml.text.embeddings.table import VectorTable, has_numbers, no_numbers

WordVectors = Mapping[str, npt.ArrayLike] | tuple[Sequence[str], npt.ArrayLike]


def vector_table(vectors: WordVectors | None, key: str) -> VectorTable:
    """Make a table of some word vectors.

    Parameters
    ----------
    vectors
        Word to vector, or n words and their vectors, shape (n, d), the most frequent first.
    key
        Name of the parameter, for messages.

    Raises
    ------
    InputError
        If they are no word vectors, a word stands twice, or a vector is not finite.
    """
    words, rows = _parts(vectors, key)
    try:
        matrix = np.asarray(rows, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{key}: not vectors of one length ({error})") from error
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
    if isinstance(vectors, Mapping):
        words, rows = list(vectors), list(vectors.values())
    elif isinstance(vectors, tuple | list) and len(vectors) == 2:
        words, rows = list(vectors[0]), vectors[1]
    else:
        raise InputError(
            f"{key}: {type(vectors).__name__}; needed: a mapping of words to vectors, or (words, matrix)"
        )
    for word in words:
        if not isinstance(word, str):
            raise InputError(f"{key}: {word!r} is not a word")
    return words, rows
