"""Lines of a word-vector file: a word, a space, and its numbers."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from ipml.errors import InputError


def parse_lines(
    lines: Sequence[tuple[int, bytes]], dimension: int, file: str
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    """Parse n lines together.

    Parameters
    ----------
    lines
        Line number and line; a word may have spaces in it, the last ``dimension`` parts are the numbers.
    dimension
        Length of a vector.
    file
        Name for the message.

    Returns
    -------
    words
        n words as they stand in the file.
    vectors
        Shape (n, dimension).

    Raises
    ------
    InputError
        For the first line that is not a word and ``dimension`` finite numbers.
    """
    words, texts = [], []
    for number, line in lines:
        parts = line.rstrip().rsplit(b" ", dimension)
        if len(parts) <= dimension or not parts[0]:
            raise InputError(f"{file}: line {number}: not a word and {dimension} numbers: {_shown(line)}")
        if b" " in parts[0] and _is_numbers(parts[0].rsplit(b" ", 1)[1], 1):
            raise InputError(f"{file}: line {number}: more than {dimension} numbers: {_shown(line)}")
        words.append(parts[0])
        texts.append(b" ".join(parts[1:]))
    try:
        vectors = _numbers(texts, dimension)
    except pa.ArrowInvalid:
        place = next(i for i, text in enumerate(texts) if not _is_numbers(text, dimension))
        number, line = lines[place]
        raise InputError(f"{file}: line {number}: not {dimension} numbers: {_shown(line)}") from None
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        place = int(np.argmin(finite))
        word = words[place].decode(errors="replace")
        raise InputError(f"{file}: line {lines[place][0]}: the vector of {word!r} has NaN or infinity")
    return words, vectors


def _numbers(texts: Sequence[bytes], dimension: int) -> npt.NDArray[np.float32]:
    """Read n texts of numbers between spaces, shape (n, dimension); Arrow is the fastest at it."""
    names = [str(column) for column in range(dimension)]
    table = csv.read_csv(
        io.BytesIO(b"\n".join(texts)),
        read_options=csv.ReadOptions(column_names=names, block_size=2**26),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float32()), null_values=[]),
    )
    return np.column_stack([column.to_numpy() for column in table.columns])


def _is_numbers(text: bytes, dimension: int) -> bool:
    try:
        _numbers([text], dimension)
    except pa.ArrowInvalid:
        return False
    return True


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return repr(text if len(text) <= 60 else f"{text[:40]}…{text[-15:]}")
