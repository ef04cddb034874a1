"""Word vectors as text: fastText's ``.vec``, word2vec and GloVe files, plain or compressed with gzip.

A file is converted once into a memory-mapped table in a cache, named after the file's contents.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ipml.console import Step, progress
from ipml.errors import InputError
from ipml.guards.lines import open_bytes
from ipml.text.embeddings.conversion import WordList, check_max_words, convert_once
from ipml.text.embeddings.table import TableWriter, VectorTable, new_table, open_table
from ipml.text.embeddings.text_lines import LONGEST_LINE, first_lines, parse_block, read_blocks


def open_text_file(
    path: str, cache: str, max_words: int | None = None, duplicates: str = "refuse"
) -> VectorTable:
    """Open a file of word vectors, converting it if that has not been done yet.

    A first line of two whole numbers, as word2vec and fastText write, promises words and dimension. A word
    that is not UTF-8 is left out and counted in the description of the table.

    Parameters
    ----------
    path
        The file; ``.gz`` if compressed.
    cache
        Folder for the table.
    max_words
        Read only so many lines from the beginning, in most files the most frequent words; null for all.
    duplicates
        ``refuse``: a word that stands twice is an error; ``first``: its first vector is kept.

    Raises
    ------
    InputError
        If the file is missing or cut short, or a line of it is not a new word and its finite numbers.
    """
    source = Path(path)
    check_max_words(max_words)
    words = WordList(source, "line", duplicates)

    def convert(folder: Path) -> None:
        with open_bytes(source) as stream:
            _convert(stream, source, folder, max_words, words)

    return open_table(str(convert_once([source], cache, ["text", max_words, duplicates], convert)))


def _convert(stream: BinaryIO, source: Path, folder: Path, max_words: int | None, words: WordList) -> None:
    first = stream.readline(LONGEST_LINE)
    if len(first) == LONGEST_LINE and not first.endswith(b"\n"):
        raise InputError(f"{source}: a line of more than {LONGEST_LINE:,} bytes: not word vectors as text")
    first = first.removeprefix(codecs.BOM_UTF8)
    parts = first.split()
    has_header = len(parts) == 2 and all(part.isdigit() for part in parts)
    dimension = int(parts[1]) if has_header else len(parts) - 1
    if dimension < 1:
        raise InputError(f"{source}: line 1: neither a word with its vector nor two counts")
    blocks = read_blocks(stream, str(source), b"" if has_header else first)
    expected = min(int(parts[0]), max_words or int(parts[0])) if has_header else max_words
    with (
        new_table(folder, dimension, {"source": source.name}) as writer,
        progress(f"converting {source.name}", expected) as step,
    ):
        n_lines = _copy(blocks, 2 if has_header else 1, max_words, source, writer, words, step)
        if has_header and n_lines != expected:
            raise InputError(f"{source}: {n_lines:,} words where line 1 promises {int(parts[0]):,}")
        if not writer.count:
            raise InputError(f"{source}: has no words")


def _copy(
    blocks: Iterator[bytes],
    first: int,
    max_words: int | None,
    source: Path,
    writer: TableWriter,
    words: WordList,
    step: Step,
) -> int:
    """Copy lines into the table; returns how many there were."""
    n_lines = 0
    for block in blocks:
        if max_words is not None:
            block = first_lines(block, max_words - n_lines)
        encoded, vectors = parse_block(block, first + n_lines, writer.dimension, str(source))
        kept, rows = words.keep(encoded, first + n_lines)
        writer.append(kept, vectors if rows is None else vectors[rows])
        n_lines += len(encoded)
        step.advance(len(encoded))
        if n_lines == max_words:
            break
    writer.description = words.description()
    return n_lines
