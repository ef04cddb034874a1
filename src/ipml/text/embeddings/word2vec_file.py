"""Word vectors in word2vec's binary format (Mikolov et al., 2013), plain or compressed with gzip.

``number of words, dimension, line break``, then for each word ``word, blank, dimension x float32`` and, as
the original program writes it, a line break; little-endian.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ipml.console import progress
from ipml.errors import InputError
from ipml.guards.lines import LONGEST_LINE, open_bytes
from ipml.text.embeddings.conversion import WordList, check_max_words, check_numbers, convert_once
from ipml.text.embeddings.table import VectorTable, new_table, open_table

_BYTES = 2**22  # read at a time
_WORDS = 2048  # checked and written together
_LONGEST_WORD = 2**12  # bytes; without a blank in so many the file is no such file


def open_word2vec_file(
    path: str, cache: str, max_words: int | None = None, duplicates: str = "refuse"
) -> VectorTable:
    """Open a binary file of word vectors, converting it if that has not been done yet.

    A word that is not UTF-8 is left out and counted in the description of the table.

    Parameters
    ----------
    path
        The file; ``.gz`` if compressed.
    cache
        Folder for the table.
    max_words
        Read only so many words from the beginning, in most files the most frequent; null for all.
    duplicates
        ``refuse``: a word that stands twice is an error; ``first``: its first vector is kept.

    Raises
    ------
    InputError
        If the file is missing or cut short, a word stands twice or its vector is not finite; the message
        names the word by its number and, where the file breaks off, the byte.
    """
    source = Path(path)
    check_max_words(max_words)
    words = WordList(source, "word", duplicates)

    def convert(folder: Path) -> None:
        with open_bytes(source) as stream:
            _convert(stream, source, folder, max_words, words)

    return open_table(str(convert_once([source], cache, ["word2vec", max_words, duplicates], convert)))


def _convert(stream: BinaryIO, source: Path, folder: Path, max_words: int | None, words: WordList) -> None:
    head = stream.readline(64)
    parts = head.split()
    if not head.endswith(b"\n") or len(parts) != 2 or not all(p.isdigit() and int(p) for p in parts):
        raise InputError(
            f"{source}: not word2vec's binary format: it starts with two counts and a line break"
        )
    n_words, dimension = int(parts[0]), int(parts[1])
    if 4 * dimension > LONGEST_LINE:
        raise InputError(f"{source}: dimension {dimension:,}; at most {LONGEST_LINE // 4:,}")
    expected = min(n_words, max_words or n_words)
    records = _records(stream, source, n_words, dimension, len(head))
    wanted = records if expected == n_words else islice(records, expected)
    with (
        new_table(folder, dimension, {"source": source.name}) as writer,
        progress(f"converting {source.name}", expected) as step,
    ):
        first = 1
        while chunk := list(islice(wanted, _WORDS)):
            encoded = [word for word, _ in chunk]
            vectors = np.frombuffer(b"".join(data for _, data in chunk), dtype="<f4").reshape(-1, dimension)
            check_numbers(vectors, encoded, f"{source}: word", first)
            kept, rows = words.keep(encoded, first)
            writer.append(kept, vectors if rows is None else vectors[rows])
            first += len(chunk)
            step.advance(len(chunk))
        if not writer.count:
            raise InputError(f"{source}: has no word in UTF-8")
        writer.description = words.description()


def _records(
    stream: BinaryIO, source: Path, n_words: int, dimension: int, start: int
) -> Iterator[tuple[bytes, bytes]]:
    """Yield each word with the bytes of its vector; refuse a file that ends earlier or later than promised."""
    size = 4 * dimension
    buffer, place = b"", 0
    for number in range(1, n_words + 1):
        while True:
            blank = buffer.find(b" ", place)
            if blank >= 0 and blank + 1 + size <= len(buffer):
                break
            at = f"word {number:,} of {n_words:,}, byte {start + place:,}"
            if blank < 0 and len(buffer) - place > _LONGEST_WORD:
                raise InputError(f"{source}: {at}: no blank after the word; is the dimension {dimension}?")
            data = stream.read(_BYTES)
            if not data:
                raise InputError(f"{source}: cut short at {at}")
            start += place
            buffer, place = buffer[place:] + data, 0
        end = blank + 1 + size
        yield buffer[place:blank].lstrip(b"\n"), buffer[blank + 1 : end]
        place = end
    if (buffer[place:] + stream.read(2)).lstrip(b"\n"):
        raise InputError(f"{source}: goes on after its {n_words:,} words, byte {start + place:,}")
