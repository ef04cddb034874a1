"""Lines of a word-vector file: a word, a blank, and its numbers.

Arrow parses all numbers of a block of lines together, much faster than Python.
"""

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ipml.errors import InputError
from ipml.guards.lines import LONGEST_LINE
from ipml.text.embeddings.table import has_numbers, no_numbers

_BYTES = 2**19  # of a block: small enough to stay in the processor's cache
_BREAK, _BLANK = 10, 32  # a smaller byte than a blank is no part of a number either


def read_blocks(stream: BinaryIO, file: str, start: bytes = b"") -> Iterator[bytes]:
    """Cut a stream into blocks of whole lines, the last line with a line break too; ``start`` goes before it.

    Raises
    ------
    InputError
        If a line has more than `LONGEST_LINE` bytes.
    """
    rest = start
    while data := stream.read(_BYTES):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest += data
            if len(rest) > LONGEST_LINE:
                raise InputError(
                    f"{file}: a line of more than {LONGEST_LINE:,} bytes: not word vectors as text"
                )
    if rest:
        yield rest if rest.endswith(b"\n") else rest + b"\n"


def first_lines(block: bytes, n_lines: int) -> bytes:
    """Return the first ``n_lines`` lines of a block, or all of it where it has fewer."""
    if block.count(b"\n") <= n_lines:
        return block
    return b"\n".join(block.split(b"\n", n_lines)[:n_lines]) + b"\n"


def parse_block(
    block: bytes, first: int, dimension: int, file: str
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    """Parse n lines that each end in a line break.

    Parameters
    ----------
    first
        Number of the first line, for messages.
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
    windows = block[: block.index(b"\n")].endswith(b"\r")
    parsed = _parse_regular(block.replace(b"\r\n", b"\n") if windows else block, dimension)
    # One line after the other: takes words with spaces in them, and names the line that is broken.
    return parsed or parse_lines(list(enumerate(block.split(b"\n")[:-1], start=first)), dimension, file)


def _parse_regular(block: bytes, dimension: int) -> tuple[list[bytes], npt.NDArray[np.float32]] | None:
    """Parse lines of the same number of parts with one blank between them; None if a line is anything else.

    The block itself is given to Arrow as an array of strings: parts and the blanks between them in turn, of
    which all that are no numbers are null, so that nothing is copied and no line is taken up by itself.
    """
    content = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(content <= _BLANK).astype(np.int32)
    line = content[: block.index(b"\n") + 1]
    n_parts = int((line <= _BLANK).sum())
    # fastText ends its lines with a blank: an empty part more.
    if n_parts - (line[-2:-1].tobytes() == b" ") != dimension + 1 or len(ends) % n_parts:
        return None
    separators = content[ends].reshape(-1, n_parts)
    if (separators[:, -1] != _BREAK).any() or (separators[:, :-1] != _BLANK).any():
        return None
    offsets = np.zeros(2 * len(ends) + 1, dtype=np.int32)
    offsets[1::2] = ends
    offsets[2::2] = ends + 1
    grid = offsets[:-1].reshape(-1, n_parts, 2)
    words = [block[start:end] for start, end in grid[:, 0].tolist()]
    if n_parts > dimension + 1 and (grid[:, -1, 0] != grid[:, -1, 1]).any():
        return None
    numbers = _parse_numbers(block, offsets, len(words), n_parts, dimension)
    if numbers is None or b"" in words or not has_numbers(numbers).all():
        return None
    return words, numbers


def _parse_numbers(
    block: bytes, offsets: npt.NDArray[np.int32], n_lines: int, n_parts: int, dimension: int
) -> npt.NDArray[np.float32] | None:
    valid = np.zeros((n_lines, n_parts, 2), dtype=np.bool_)
    valid[:, 1 : dimension + 1, 0] = True
    bits = np.packbits(valid.ravel(), bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(offsets), pa.py_buffer(block)]
    strings = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)
    try:
        parsed = pc.cast(strings, pa.float32())
    except pa.ArrowInvalid:
        return None
    values = np.frombuffer(parsed.buffers()[1], dtype=np.float32, count=len(offsets) - 1)
    return np.ascontiguousarray(values.reshape(n_lines, n_parts, 2)[:, 1 : dimension + 1, 0])


def parse_lines(
    lines: Sequence[tuple[int, bytes]], dimension: int, file: str
) -> tuple[list[bytes], npt.NDArray[np.float32]]:
    """Parse n lines together, as `parse_block` does.

    Parameters
    ----------
    lines
        Line number and line; a word may have spaces in it, the last ``dimension`` parts are the numbers.
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
    good = has_numbers(vectors)
    if not good.all():
        place = int(np.argmin(good))
        raise no_numbers(f"{file}: line {lines[place][0]}", words[place].decode(errors="replace"))
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
