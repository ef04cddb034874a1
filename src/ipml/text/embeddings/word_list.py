"""The words of a file of vectors, checked as they are read: each once, each UTF-8, each with a finite vector."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError, choice_error

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


def check_finite(vectors: npt.NDArray[np.floating], encoded: Sequence[bytes], place: str, first: int) -> None:
    """Refuse vectors (n, dimension) with NaN or infinity: `InputError` naming the first such word.

    Parameters
    ----------
    encoded
        The n words.
    place
        File and unit of a place in it, for the message, as ``words.bin: word``.
    first
        Place of the first of them.
    """
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        name = encoded[row].decode(errors="replace")[:40]
        raise InputError(f"{place} {first + row}: the vector of {name!r} has NaN or infinity")
