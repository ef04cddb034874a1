"""The parts of a fastText model in its own binary format, versions 11 and 12 (``.bin``, little-endian).

Layout, from fastText's ``fasttext.cc``, ``args.cc``, ``dictionary.cc`` and ``densematrix.cc``: signature and version;
twelve numbers and a threshold; sizes of the dictionary and its entries; a flag and the input matrix (words, then
buckets of n-grams); a flag and the output matrix.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError

SIGNATURE, VERSIONS = 793712314, (11, 12)
_CBOW, _SKIPGRAM = 1, 2
_HEAD, _SETTINGS, _SIZES, _ENTRY = (struct.Struct(f"<{code}") for code in ("ii", "12id", "iiiqq", "qb"))
_MATRIX = struct.Struct("<?qq")


@dataclass(frozen=True)
class FastTextFile:
    """What is needed of a model: its words and where its vectors stand.

    ``shortest`` and ``longest`` are the characters of an n-gram, ``offset`` is the byte at which the matrix of
    ``n_words + n_buckets`` rows begins.
    """

    path: Path
    words: tuple[bytes, ...]
    dimension: int
    shortest: int
    longest: int
    n_buckets: int
    offset: int

    def matrix(self) -> npt.NDArray[np.float32]:
        """Vectors of words, then of buckets, shape (words + buckets, dimension), memory-mapped."""
        shape = (len(self.words) + self.n_buckets, self.dimension)
        return np.memmap(self.path, dtype="<f4", mode="r", offset=self.offset, shape=shape)


def read_fasttext(path: Path) -> FastTextFile:
    """Read all but the vectors of a model.

    Raises
    ------
    InputError
        If it is not an unsupervised model of full precision, or cut short; the message names the byte.
    """
    with path.open("rb") as stream:
        start = stream.read(_HEAD.size)
        if start.startswith(b"\x1f\x8b"):
            raise InputError(
                f"{path}: compressed; unpack it first (gunzip), as its vectors are read in place"
            )
        if len(start) < _HEAD.size or _HEAD.unpack(start)[0] != SIGNATURE:
            raise InputError(f"{path}: not a fastText model (.bin): its signature is missing")
        if (version := _HEAD.unpack(start)[1]) not in VERSIONS:
            raise InputError(f"{path}: version {version} of the format; known: 11, 12")
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _read(_Cursor(content, path, _HEAD.size), path)


class _Cursor:
    """Reads numbers and strings one after the other and names the byte where the file ends too early."""

    def __init__(self, content: mmap.mmap, path: Path, place: int) -> None:
        self.content, self.path, self.place = content, path, place

    def take(self, layout: struct.Struct, what: str) -> tuple[int, ...]:
        values = layout.unpack_from(self.content, self._skip(layout.size, what))
        return values

    def string(self, what: str) -> bytes:
        end = self.content.find(b"\0", self.place)
        start = self._skip((end if end >= 0 else len(self.content)) + 1 - self.place, what)
        return self.content[start:end]

    def skip_matrix(self, n_rows: int, dimension: int, what: str) -> None:
        self._skip(4 * n_rows * dimension, what)

    def _skip(self, size: int, what: str) -> int:
        start, self.place = self.place, self.place + size
        if size < 0 or self.place > len(self.content):
            raise InputError(f"{self.path}: cut short at byte {start:,}, {what}")
        return start


def _read(cursor: _Cursor, path: Path) -> FastTextFile:
    settings = cursor.take(_SETTINGS, "its settings")
    dimension, model, n_buckets, shortest, longest = settings[0], *settings[7:11]
    if model not in (_CBOW, _SKIPGRAM):
        raise InputError(f"{path}: a supervised model (a classifier); needed: word vectors, cbow or skipgram")
    n_entries, n_words, n_labels, _, n_pruned = cursor.take(_SIZES, "the sizes of its dictionary")
    if n_pruned >= 0:
        raise InputError(f"{path}: a quantised model; the one of full precision is needed")
    if dimension < 1 or n_words < 1 or n_buckets < 0 or n_entries != n_words + n_labels:
        raise InputError(f"{path}: damaged: {n_entries} entries, {n_words} words of {dimension} dimensions")
    words = tuple(_words(cursor, n_entries, n_words))
    quantised, n_rows, n_columns = cursor.take(_MATRIX, "the shape of its matrix")
    if quantised:
        raise InputError(f"{path}: a quantised model; the one of full precision is needed")
    if (n_rows, n_columns) != (n_words + n_buckets, dimension):
        raise InputError(
            f"{path}: damaged: a matrix of {n_rows} x {n_columns} for {n_words} words, {n_buckets} buckets and "
            f"{dimension} dimensions"
        )
    offset = cursor.place
    cursor.skip_matrix(n_rows, n_columns, "its matrix")
    # The output matrix is not needed, but a file without its end was not copied whole.
    _, n_rows, n_columns = cursor.take(_MATRIX, "the shape of its second matrix")
    cursor.skip_matrix(n_rows, n_columns, "its second matrix")
    if longest < 1:
        n_buckets = 0
    return FastTextFile(path, words, dimension, shortest, longest, n_buckets, offset)


def _words(cursor: _Cursor, n_entries: int, n_words: int) -> Iterator[bytes]:
    for number in range(1, n_entries + 1):
        place = f"word {number:,} of its dictionary"
        word = cursor.string(place)
        _, kind = cursor.take(_ENTRY, place)
        if (kind == 0) != (number <= n_words):
            raise InputError(f"{cursor.path}: damaged: {place} is of kind {kind}")
        if number <= n_words:
            yield word
