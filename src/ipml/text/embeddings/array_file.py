"""Word vectors as an array of NumPy's and a list of words."""

from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ipml.console import progress
from ipml.errors import InputError
from ipml.guards.lines import read_lines
from ipml.text.embeddings.conversion import WordList, check_max_words, check_numbers, convert_once
from ipml.text.embeddings.table import VectorTable, new_table, open_table

_BYTES = 2**22  # of the array, copied together
_LONGEST_WORD = 2**16  # bytes


def open_array_file(
    path: str, words: str, cache: str, max_words: int | None = None, duplicates: str = "refuse"
) -> VectorTable:
    """Open an array and its words, converting them if that has not been done yet.

    Parameters
    ----------
    path
        ``.npy`` file of shape (number of words, dimension), of floating-point numbers of any length. It is
        never unpickled: an array of objects is refused.
    words
        UTF-8 file with a word a line, ``.gz`` if compressed.
    cache
        Folder for the table.
    max_words
        Read only so many rows from the beginning; null for all.
    duplicates
        ``refuse``: a word that stands twice is an error; ``first``: its first vector is kept.

    Raises
    ------
    InputError
        If a file is missing or cut short, the two do not fit together, a word stands twice or a vector is
        not finite; the message names the line or the row.
    """
    source, listed = Path(path), Path(words)
    check_max_words(max_words)
    checked = WordList(listed, "line", duplicates)

    def convert(folder: Path) -> None:
        _convert(_open_array(source), source, listed, folder, max_words, checked)

    return open_table(str(convert_once([source, listed], cache, ["npy", max_words, duplicates], convert)))


def _open_array(source: Path) -> npt.NDArray[np.floating]:
    try:
        array = np.load(source, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it ends in its head"
        raise InputError(f"{source}: cut short or not an array of numbers ({reason})") from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or not np.issubdtype(array.dtype, np.floating):
        shown = f"{array.dtype}, shape {array.shape}" if isinstance(array, np.ndarray) else "more than one"
        raise InputError(f"{source}: {shown}; needed: floating-point numbers, shape (words, dimension)")
    if not all(array.shape):
        raise InputError(f"{source}: shape {array.shape}: has no numbers")
    return array


def _convert(
    array: npt.NDArray[np.floating],
    source: Path,
    listed: Path,
    folder: Path,
    max_words: int | None,
    checked: WordList,
) -> None:
    n_words, dimension = array.shape
    expected = min(n_words, max_words or n_words)
    rows_together = max(1, _BYTES // (dimension * array.dtype.itemsize))
    with (
        new_table(folder, dimension, {"source": source.name}) as writer,
        progress(f"converting {source.name}", expected) as step,
        closing(_words(listed)) as lines,
    ):
        for start in range(0, expected, rows_together):
            with np.errstate(over="ignore"):  # a number too large becomes infinity, which is refused
                vectors = np.asarray(array[start : min(start + rows_together, expected)], dtype=np.float32)
            encoded = list(islice(lines, len(vectors)))
            if len(encoded) < len(vectors):
                raise InputError(
                    f"{listed}: {start + len(encoded):,} words, but {source} has {n_words:,} rows"
                )
            check_numbers(vectors, encoded, f"{source}: row", start + 1)
            kept, rows = checked.keep(encoded, start + 1)
            writer.append(kept, vectors if rows is None else vectors[rows])
            step.advance(len(vectors))
        if expected == n_words and next(lines, None) is not None:
            raise InputError(f"{listed}: more words than the {n_words:,} rows of {source}")
        if not writer.count:
            raise InputError(f"{listed}: has no word in UTF-8")
        writer.description = checked.description()


def _words(listed: Path) -> Generator[bytes]:
    for number, word in read_lines(listed, _LONGEST_WORD):
        if word is None:
            raise InputError(f"{listed}: line {number}: a word of more than {_LONGEST_WORD:,} bytes")
        yield word
