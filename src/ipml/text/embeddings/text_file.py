"""Word vectors as text: fastText's ``.vec``, word2vec and GloVe files, plain or compressed with gzip.

A file is converted once into a memory-mapped table in a cache, named after the file's contents.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from itertools import chain, islice
from pathlib import Path

import numpy as np

from ipml.console import Step, console, progress
from ipml.errors import InputError
from ipml.files import hash_file, read_json, short_hash, write_json
from ipml.text.embeddings.table import DESCRIPTION, TableWriter, VectorTable, new_table, open_table
from ipml.text.embeddings.text_lines import parse_lines

_LINES = 2000  # parsed together


def open_text_file(path: str, cache: str, max_words: int | None = None) -> VectorTable:
    """Open a file of word vectors, converting it if that has not been done yet.

    A first line of two whole numbers, as word2vec and fastText write, promises words and dimension. Of a word
    that stands twice the first vector is kept, and a word that is not UTF-8 is left out; the description of
    the table counts both.

    Parameters
    ----------
    path
        The file; ``.gz`` if compressed.
    cache
        Folder for the table.
    max_words
        Read only so many lines from the beginning, in most files the most frequent words; null for all.

    Raises
    ------
    InputError
        If the file is missing or cut short, or a line of it is not a word and its finite numbers.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError(f"vectors.path={path}: no such file")
    if max_words is not None and (not isinstance(max_words, int) or max_words < 1):
        raise InputError(f"vectors.max_words={max_words}: 1 or more, or null for all")
    key = short_hash(_remembered_hash(source, Path(cache)), str(max_words))
    folder = Path(cache) / f"{source.name.split('.')[0]}-{key}"
    if not (folder / DESCRIPTION).is_file():
        console.print(f"{path}: converting once into {folder}", highlight=False)
        try:
            with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as stream:
                _convert(stream, source, folder, max_words)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{source}: broken gzip; fetch the file again ({error})") from error
    return open_table(str(folder))


def _remembered_hash(source: Path, cache: Path) -> str:
    """Hash of a file, computed again only if its size or time has changed: it can have gigabytes."""
    state = source.stat()
    name = short_hash(str(source.resolve()), str(state.st_size), str(state.st_mtime_ns))
    known = cache / "hashes" / f"{name}.json"
    if not known.is_file():
        write_json(known, {"file": str(source.resolve()), "hash": hash_file(source)})
    return str(read_json(known)["hash"])


def _convert(stream: BufferedIOBase, source: Path, folder: Path, max_words: int | None) -> None:
    first = stream.readline().removeprefix(codecs.BOM_UTF8)
    parts = first.split()
    has_header = len(parts) == 2 and all(part.isdigit() for part in parts)
    dimension = int(parts[1]) if has_header else len(parts) - 1
    if dimension < 1:
        raise InputError(f"{source}: line 1: neither a word with its vector nor two counts")
    lines = enumerate(stream if has_header else chain([first], stream), start=2 if has_header else 1)
    expected = min(int(parts[0]), max_words or int(parts[0])) if has_header else max_words
    with (
        new_table(folder, dimension, {"source": source.name}) as writer,
        progress(f"converting {source.name}", expected) as step,
    ):
        n_lines = _copy(islice(lines, max_words), source, writer, step)
        if has_header and n_lines != expected:
            raise InputError(f"{source}: {n_lines:,} words where line 1 promises {int(parts[0]):,}")
        if not writer.count:
            raise InputError(f"{source}: has no words")


def _copy(lines: Iterator[tuple[int, bytes]], source: Path, writer: TableWriter, step: Step) -> int:
    """Copy lines into the table; returns how many there were."""
    n_lines = duplicates = not_utf8 = 0
    seen: set[str] = set()
    while chunk := list(islice(lines, _LINES)):
        encoded, vectors = parse_lines(chunk, writer.dimension, str(source))
        kept: dict[str, int] = {}
        for row, word in enumerate(encoded):
            try:
                text = word.decode()
            except UnicodeDecodeError:
                not_utf8 += 1
                continue
            if text in seen:
                duplicates += 1
            else:
                seen.add(text)
                kept[text] = row
        writer.append(list(kept), vectors[np.fromiter(kept.values(), np.int64, len(kept))])
        n_lines += len(chunk)
        step.advance(len(chunk))
    writer.description = {"duplicates_dropped": duplicates, "not_utf8_dropped": not_utf8}
    return n_lines
