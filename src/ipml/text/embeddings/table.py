"""A memory-mapped table of word vectors: ``vectors.npy``, ``words.txt`` and ``table.json``."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ipml.checksums import check_files, has_checksums, record_checksums, write_checksums
from ipml.errors import InputError
from ipml.files import atomic_path, hash_file, read_json, short_hash, write_json
from ipml.text.normalisation import normalise_all

VECTORS, WORDS, DESCRIPTION = "vectors.npy", "words.txt", "table.json"
_CHECKED = (VECTORS, WORDS, DESCRIPTION)
_GREATEST = 1e9  # size of a number: word vectors have lengths of 1 to 100, and squares must fit into 32 bits


def has_numbers(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Say which of n vectors, shape (n, dimension), hold neither NaN nor a number beyond a thousand million: (n,)."""
    sizes: npt.NDArray[np.bool_] = np.abs(vectors).max(axis=1, initial=0) <= _GREATEST
    return sizes


def no_numbers(place: str, word: str) -> InputError:
    """Error for a word whose vector `has_numbers` refuses."""
    return InputError(
        f"{place}: the vector of {word[:40]!r} has NaN, infinity or a number beyond {_GREATEST:g}"
    )


class VectorTable:
    """Word vectors on disk; only the rows asked for are read.

    Words are known as texts are read (`normalise`); of words that then are the same, the first one's vector counts.

    Parameters
    ----------
    words
        Words without line breaks, most frequent first where the source has an order.
    vectors
        Shape (number of rows, dimension), float32.
    fingerprint
        Hash of words and vectors, or name and version of the package they come from.
    rows
        Row of each word, shape (len(words),); None: one row a word, in order.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: npt.NDArray[np.float32],
        fingerprint: str,
        rows: Sequence[int] | None = None,
    ) -> None:
        self.vectors = vectors
        self.fingerprint = fingerprint
        numbers = range(len(words)) if rows is None else rows
        self.rows = dict(zip(normalise_all(words), numbers, strict=True))
        if len(self.rows) < len(words):
            self.rows = {}
            for word, row in zip(normalise_all(words), numbers, strict=True):
                self.rows.setdefault(word, row)
        # Without a word of characters that are not seen.
        self.words: Sequence[str] = [word for word in self.rows if word]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def select(self, words: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Look words up: which of the n are known, shape (n,), and the vectors of those, in order."""
        rows = np.array([self.rows.get(word, -1) for word in normalise_all(words)], dtype=np.int64)
        known = rows >= 0
        return known, np.asarray(self.vectors[rows[known]], dtype=np.float32)


class TableWriter:
    """Takes the words and vectors of a table piece by piece; made by `new_table`."""

    def __init__(self, vectors: BinaryIO, words: BinaryIO, dimension: int) -> None:
        self.dimension = dimension
        self.count = 0
        self.description: dict[str, Any] = {}
        self._vectors, self._words = vectors, words
        self._first: npt.NDArray[np.float32] | None = None
        self._differ = False
        self._header_length = self._write_header()

    def append(self, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Add n distinct words without line breaks and their finite vectors, shape (n, dimension)."""
        if not len(words):
            return
        text = "\n".join(words).encode()
        self._words.write(b"\n" + text if self.count else text)
        self._vectors.write(np.ascontiguousarray(vectors, dtype="<f4").tobytes())
        self.count += len(words)
        if self._first is None:
            self._first = np.array(vectors[0])
        self._differ = self._differ or bool((vectors != self._first).any())

    def finish(self, source: str) -> None:
        """Write the number of rows into the head of the array, where NumPy leaves room for it.

        Raises
        ------
        InputError
            If all vectors are zero, or the same one.
        """
        if self._first is not None and not self._differ and (self.count > 1 or not self._first.any()):
            shown = "the same" if self._first.any() else "zero"
            raise InputError(
                f"{source}: the vectors of all {self.count:,} words are {shown}; no word vectors"
            )
        self._vectors.seek(0)
        if self._write_header() != self._header_length:
            raise RuntimeError(f"the head of {VECTORS} has no room for {self.count} rows")

    def _write_header(self) -> int:
        shape = (self.count, self.dimension)
        head = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._vectors, head)
        return self._vectors.tell()


@contextmanager
def new_table(folder: Path, dimension: int, description: Mapping[str, Any]) -> Iterator[TableWriter]:
    """Write a table piece by piece, whole or not at all; what the writer describes is kept beside it."""
    with atomic_path(folder) as temporary:
        temporary.mkdir(parents=True)
        with (temporary / VECTORS).open("wb") as vectors, (temporary / WORDS).open("wb") as words:
            writer = TableWriter(vectors, words, dimension)
            yield writer
            writer.finish(str(description.get("source", folder.name)))
        write_json(
            temporary / DESCRIPTION,
            {
                "fingerprint": _fingerprint(temporary),
                "words": writer.count,
                **description,
                **writer.description,
            },
        )
        write_checksums(temporary, _CHECKED)


def write_table(folder: Path, words: Sequence[str], vectors: npt.NDArray[np.float32], source: str) -> None:
    """Write a table of word vectors that are in memory, whole or not at all.

    Parameters
    ----------
    folder
        Folder to make.
    words
        n distinct words without line breaks.
    vectors
        Shape (n, dimension).
    source
        Where they come from, in words.

    Raises
    ------
    InputError
        If a vector has NaN or too large a number, all are the same, or a word stands twice; the message names the word.
    """
    if vectors.shape[0] != len(words):
        raise InputError(f"{source}: {len(words)} words but {vectors.shape[0]} vectors")
    good = has_numbers(vectors)
    if not good.all():
        row = int(np.argmin(good))
        raise no_numbers(f"{source}: row {row + 1}", words[row])
    if len(set(words)) < len(words):
        seen: set[str] = set()
        twice = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
        raise InputError(f"{source}: the word {twice!r} stands twice")
    with new_table(folder, vectors.shape[1], {"source": source}) as writer:
        writer.append(words, vectors)


def open_table(path: str) -> VectorTable:
    """Open a table that `write_table` or `new_table` wrote; its files are checked, once a process.

    Raises
    ------
    InputError
        If there is none, a file of it is not the one that was written, or its parts do not fit together.
    """
    folder = Path(path)
    if not (folder / DESCRIPTION).is_file():
        raise InputError(f"embeddings path={path}: no table of word vectors ({DESCRIPTION} is missing)")
    fingerprint = _checked_fingerprint(folder)
    # Not as text, where Python would take a carriage return inside a word for a line break.
    words = (folder / WORDS).read_bytes().decode().split("\n")
    try:
        vectors = np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise InputError(f"{folder / VECTORS}: cut short or not an array; {_remedy(folder)}") from error
    if vectors.ndim != 2 or vectors.shape[0] != len(words):
        raise InputError(f"{folder / VECTORS}: shape {vectors.shape}, but {WORDS} has {len(words)} words")
    return VectorTable(words, vectors, fingerprint)


def _checked_fingerprint(folder: Path) -> str:
    if has_checksums(folder):
        check_files(folder, _remedy(folder), _CHECKED)
    try:
        fingerprint = str(read_json(folder / DESCRIPTION)["fingerprint"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{folder / DESCRIPTION}: names no fingerprint; {_remedy(folder)}") from error
    if not has_checksums(folder):  # of a version that wrote none
        for name in (VECTORS, WORDS):
            if not (folder / name).is_file():
                raise InputError(f"{folder / name}: missing; {_remedy(folder)}")
        if (found := _fingerprint(folder)) != fingerprint:
            raise InputError(f"{folder}: its files are {found}, not vectors {fingerprint}; {_remedy(folder)}")
        record_checksums(folder, _CHECKED)
    return fingerprint


def _fingerprint(folder: Path) -> str:
    """Hash of words and vectors."""
    return short_hash(hash_file(folder / WORDS), hash_file(folder / VECTORS))


def _remedy(folder: Path) -> str:
    return f"delete {folder} and make it again; what lies in a cache is made by the next command"
