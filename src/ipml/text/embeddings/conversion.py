"""Files of word vectors, converted once into a memory-mapped table in a cache that is named after their contents."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.console import console
from ipml.errors import InputError, check_count, choice_error
from ipml.files import hash_file, read_json, safe_file_name, short_hash, write_json
from ipml.reach import converted_name
from ipml.text.embeddings.table import DESCRIPTION, has_numbers, no_numbers


def convert_once(
    files: Sequence[Path], cache: str, options: Sequence[object], convert: Callable[[Path], None]
) -> Path:
    """Return the folder of the table made of ``files``; made now if that has not been done yet.

    Parameters
    ----------
    files
        What is read; the table is named after the first of them.
    cache
        Folder for tables.
    options
        Kind of file and settings that change the table.
    convert
        Makes the table in the folder it is given.

    Raises
    ------
    InputError
        If a file is missing, or ``convert`` finds it broken.
    """
    for file in files:
        if not file.is_file():
            raise InputError(f"{file}: no such file")
    hashes = [_remembered_hash(file, Path(cache)) for file in files]
    key = short_hash(*hashes, *map(str, options))
    folder = Path(cache) / f"{safe_file_name(files[0].name.split('.')[0])}-{key}"
    if not (folder / DESCRIPTION).is_file():
        console.print(f"{files[0]}: converting once into {folder}", highlight=False)
        convert(folder)
    return folder


def check_max_words(value: int | None) -> None:
    """Refuse what is neither null nor a whole number of at least 1."""
    if value is not None:
        check_count("vectors.max_words", value)


def _remembered_hash(source: Path, cache: Path) -> str:
    """Hash of a file, computed again only if its size or time has changed: it can have gigabytes."""
    state = source.stat()
    name = converted_name(source, state.st_size, state.st_mtime_ns)
    known = cache / "hashes" / f"{name}.json"
    if not known.is_file():
        write_json(known, {"file": str(source.resolve()), "hash": hash_file(source)})
    return str(read_json(known)["hash"])


DUPLICATES = ("refuse", "first")


class WordList:
    """Says which words of a file go into its table.

    Parameters
    ----------
    source
        The file, for messages.
    unit
        What a place in it is called: ``line`` or ``word``.
    duplicates
        ``refuse``: a word that stands twice is an error; ``first``: its first vector is kept.

    Raises
    ------
    InputError
        If ``duplicates`` is neither.
    """

    def __init__(self, source: Path, unit: str, duplicates: str = "refuse") -> None:
        if duplicates not in DUPLICATES:
            raise choice_error("vectors.duplicates", duplicates, DUPLICATES)
        self._source, self._unit, self._duplicates = source, unit, duplicates
        self._seen: set[str] = set()
        self._n_duplicates = self._n_not_utf8 = 0

    def keep(self, encoded: Sequence[bytes], first: int) -> tuple[list[str], npt.NDArray[np.int64] | None]:
        """Take n words, the first of them at place ``first`` of the file.

        Returns
        -------
        words
            Those that are kept.
        rows
            Which of the n these are; None for all of them.

        Raises
        ------
        InputError
            If a word is empty, has a line break or, with ``duplicates="refuse"``, stands twice.
        """
        try:
            words = b"\n".join(encoded).decode().split("\n") if encoded else []
        except UnicodeDecodeError:
            return self._keep_some(encoded, first)
        distinct = set(words)
        if not len(distinct) == len(words) == len(encoded) or "" in distinct:
            return self._keep_some(encoded, first)
        if not self._seen.isdisjoint(distinct):
            return self._keep_some(encoded, first)
        self._seen |= distinct
        return words, None

    def description(self) -> dict[str, Any]:
        """Counts of what was left out, for the description of the table."""
        return {"duplicates_dropped": self._n_duplicates, "not_utf8_dropped": self._n_not_utf8}

    def _keep_some(
        self, encoded: Sequence[bytes], first: int
    ) -> tuple[list[str], npt.NDArray[np.int64] | None]:
        kept: dict[str, int] = {}
        for row, word in enumerate(encoded):
            place = f"{self._source}: {self._unit} {first + row}"
            try:
                text = word.decode()
            except UnicodeDecodeError:
                # fastText and word2vec cut long tokens at a byte: such rows are in good files.
                self._n_not_utf8 += 1
                continue
            if not text or "\n" in text:
                raise InputError(f"{place}: {'a line break in the word' if text else 'no word'}")
            if text in self._seen:
                if self._duplicates == "refuse":
                    raise InputError(
                        f"{place}: the word {text[:40]!r} stands twice; vectors.duplicates=first keeps the first"
                    )
                self._n_duplicates += 1
            else:
                self._seen.add(text)
                kept[text] = row
        return list(kept), np.fromiter(kept.values(), np.int64, len(kept))


def check_numbers(
    vectors: npt.NDArray[np.floating], encoded: Sequence[bytes], place: str, first: int
) -> None:
    """Refuse vectors (n, dimension) with NaN or too large numbers: `InputError` naming the first such word.

    Parameters
    ----------
    encoded
        The n words.
    place
        File and unit of a place in it, for the message, as ``words.bin: word``.
    first
        Place of the first of them.
    """
    good = has_numbers(vectors)
    if not good.all():
        row = int(np.argmin(good))
        raise no_numbers(f"{place} {first + row}", encoded[row].decode(errors="replace"))
