"""Blocks of lines of a word-vector file, read as columns: Arrow parses them many times faster than Python."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from ipml.errors import InputError
from ipml.text.embeddings.text_lines import parse_lines

_BYTES = 2**23  # of a block: its numbers stay in the processor's cache while they are turned into rows
LONGEST = 2**24  # bytes of a line: more is no text


def read_blocks(stream: BinaryIO, file: str, start: bytes = b"") -> Iterator[bytes]:
    """Cut a stream into blocks of whole lines, the last line with a line break too; ``start`` goes before it.

    Raises
    ------
    InputError
        If a line has more than `LONGEST` bytes.
    """
    rest = start
    while data := stream.read(_BYTES):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest += data
            if len(rest) > LONGEST:
                raise InputError(f"{file}: a line of more than {LONGEST:,} bytes: not word vectors as text")
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
    try:
        table = _columns(block, dimension)
    except pa.ArrowInvalid:
        table = None
    # Arrow takes a carriage return inside a word for a line break: then the counts differ.
    if table is not None and table.num_rows == block.count(b"\n"):
        words: list[bytes] = table.column(0).to_pylist()
        vectors = np.empty((len(words), dimension), dtype=np.float32)
        for column in range(dimension):
            vectors[:, column] = table.column(column + 1).to_numpy()
        if b"" not in words and np.isfinite(vectors).all():
            return words, vectors
    # One line after the other: takes words with spaces in them, and names the line that is broken.
    return parse_lines(list(enumerate(block.split(b"\n")[:-1], start=first)), dimension, file)


def _columns(block: bytes, dimension: int) -> pa.Table:
    if block[: block.index(b"\n")].rstrip(b"\r").endswith(b" "):  # as fastText ends its lines
        block = block.replace(b" \r\n", b"\r\n").replace(b" \n", b"\n")
    numbers = [str(column) for column in range(dimension)]
    types = {"word": pa.binary(), **dict.fromkeys(numbers, pa.float32())}
    return csv.read_csv(
        io.BytesIO(block),
        read_options=csv.ReadOptions(column_names=list(types), block_size=len(block) + 1, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )
