"""fastText's binary models (Bojanowski et al., TACL 2017), with vectors of n-grams for words that they do not list."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ipml.checksums import block_hashes, check_file
from ipml.console import progress
from ipml.errors import InputError
from ipml.files import read_json, short_hash
from ipml.text.embeddings.conversion import WordList, check_numbers, convert_once
from ipml.text.embeddings.fasttext_format import FastTextFile, read_fasttext
from ipml.text.embeddings.table import DESCRIPTION, VectorTable, new_table, open_table
from ipml.text.normalisation import normalise_all

_WORDS = 512  # put together at a time: about 30 n-grams of each are brought into memory


class SubwordVectors(VectorTable):
    """The table of a fastText model; a word that is not in it is the mean of its n-grams.

    Parameters
    ----------
    table
        The words that the model lists.
    buckets
        Vectors of the n-grams, shape (buckets, dimension).
    shortest, longest
        Characters of an n-gram.
    """

    def __init__(
        self, table: VectorTable, buckets: npt.NDArray[np.float32], shortest: int, longest: int
    ) -> None:
        rows = list(table.rows.values())
        super().__init__(
            list(table.rows), table.vectors, short_hash(table.fingerprint, "with subwords"), rows
        )
        self._buckets, self._shortest, self._longest = buckets, shortest, longest

    def select(self, words: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Look words up: which of the n are known or have n-grams, shape (n,), and the vectors of those, in order."""
        words = normalise_all(words)
        rows = np.array([self.rows.get(word, -1) for word in words], dtype=np.int64)
        known = rows >= 0
        vectors = np.zeros((len(words), self.dimension), dtype=np.float32)
        vectors[known] = self.vectors[rows[known]]
        unknown = np.flatnonzero(~known)
        for start in range(0, len(unknown), _WORDS):
            places = unknown[start : start + _WORDS]
            encoded = [words[place].encode("utf-8", "replace") for place in places]
            found, counts = subword_buckets(encoded, self._shortest, self._longest, len(self._buckets))
            vectors[places] = _means(self._buckets, found, counts)
            known[places] = counts > 0
        return known, vectors[known]


def open_fasttext(path: str, cache: str, subwords: bool = True) -> VectorTable:
    """Open a model, converting the vectors of its words if that has not been done yet.

    The vectors of n-grams are read in place, so the file stays needed. A word that is not UTF-8 is left out
    and counted in the description of the table.

    Parameters
    ----------
    path
        The model, ``.bin``; not supervised, not quantised, not compressed.
    cache
        Folder for the table.
    subwords
        Whether a word that the model does not list gets the mean of its n-grams; else it is not known.

    Raises
    ------
    InputError
        If the file is missing, cut short or another kind of model, has changed in place, or a vector is not finite.
    """
    source = Path(path)

    def convert(folder: Path) -> None:
        _convert(read_fasttext(source), folder)

    folder = convert_once([source], cache, ["fasttext"], convert)
    table = open_table(str(folder))
    kept = read_json(folder / DESCRIPTION)["subwords"]
    if not (subwords and kept["buckets"]):
        return table
    if "size" in kept:  # a table of a version that kept none is taken as it is
        check_file(source, kept["size"], kept["sha256"], f"delete {folder} if {source.name} is right")
    shape = (kept["buckets"], table.dimension)
    buckets = np.memmap(source, dtype="<f4", mode="r", offset=kept["offset"], shape=shape)
    return SubwordVectors(table, buckets, kept["shortest"], kept["longest"])


def _convert(file: FastTextFile, folder: Path) -> None:
    matrix = file.matrix()
    n_words = len(file.words)
    checked = WordList(file.path, "word")
    with (
        new_table(folder, file.dimension, {"source": file.path.name}) as writer,
        progress(f"converting {file.path.name}", n_words) as step,
    ):
        for start in range(0, n_words, _WORDS):
            encoded = file.words[start : start + _WORDS]
            vectors = _vectors_of(file, matrix, encoded, start)
            check_numbers(vectors, encoded, f"{file.path}: word", start + 1)
            kept, rows = checked.keep(encoded, start + 1)
            writer.append(kept, vectors if rows is None else vectors[rows])
            step.advance(len(encoded))
        _check_buckets(file, matrix)
        subwords = {
            "shortest": file.shortest,
            "longest": file.longest,
            "buckets": file.n_buckets,
            "offset": file.offset + 4 * n_words * file.dimension,
            # Read in place every time, so looked at every time.
            "size": file.path.stat().st_size,
            "sha256": list(block_hashes(file.path)),
        }
        writer.description = {**checked.description(), "subwords": subwords}


def _vectors_of(
    file: FastTextFile, matrix: npt.NDArray[np.float32], encoded: Sequence[bytes], start: int
) -> npt.NDArray[np.float32]:
    """Vectors of listed words: the mean of a word's own row and of its n-grams'."""
    own = np.asarray(matrix[start : start + len(encoded)])
    if not file.n_buckets:
        return own
    found, counts = subword_buckets(encoded, file.shortest, file.longest, file.n_buckets)
    means = _means(matrix[len(file.words) :], found, counts)
    n = counts[:, None].astype(np.float32)
    return np.asarray((own + n * means) / (n + 1), dtype=np.float32)


def _means(
    vectors: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Mean of ``counts[i]`` rows for each i, shape (len(counts), dimension); zeros where there is none."""
    means = np.zeros((len(counts), vectors.shape[1]), dtype=np.float32)
    some = counts > 0
    if some.any():
        starts = (np.cumsum(counts) - counts)[some]
        means[some] = np.add.reduceat(vectors[rows], starts, axis=0) / counts[some, None].astype(np.float32)
    return means


def _check_buckets(file: FastTextFile, matrix: npt.NDArray[np.float32]) -> None:
    rows_together = max(1, 2**22 // (4 * file.dimension))
    for start in range(len(file.words), len(matrix), rows_together):
        if not np.isfinite(matrix[start : start + rows_together]).all():
            raise InputError(f"{file.path}: the vector of a bucket of n-grams has NaN or infinity")


# FNV-1a of 32 bits, except that fastText takes a byte for a signed number.
_OFFSET, _PRIME = np.uint32(2166136261), np.uint32(16777619)
END_OF_SENTENCE = b"</s>"  # fastText gives it no n-grams


def subword_buckets(
    words: Sequence[bytes], shortest: int, longest: int, n_buckets: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Hash the n-grams of the characters of ``<word>``, without the lone ``<`` and ``>``.

    Parameters
    ----------
    words
        n words in UTF-8.
    shortest, longest
        Least and greatest number of characters of an n-gram.
    n_buckets
        Number of buckets.

    Returns
    -------
    buckets
        Those of all words one after the other, shape (sum of ``counts``,).
    counts
        Number of n-grams of each word, shape (n,).

    Examples
    --------
    >>> subword_buckets(["ab".encode()], 3, 3, 2_000_000)[1].tolist()  # <ab and ab>
    [2]
    """
    content = np.frombuffer(b"".join(b"<" + word + b">" for word in words), dtype=np.uint8)
    signed = content.view(np.int8).astype(np.int32).view(np.uint32)
    begins = (content & 0xC0) != 0x80  # a character's first byte in UTF-8
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(content))
    sizes = np.array([len(word) + 2 for word in words], dtype=np.int64)
    word_of = np.repeat(np.arange(len(words)), sizes)[starts]
    n_characters = np.bincount(word_of, minlength=len(words))
    ends = np.cumsum(n_characters)[word_of]  # the character after the word of each character
    firsts = ends - n_characters[word_of]
    hashes = np.full(len(starts), _OFFSET, dtype=np.uint32)
    alive = np.flatnonzero([word != END_OF_SENTENCE for word in words])
    alive = np.flatnonzero(np.isin(word_of, alive)) if len(alive) < len(words) else np.arange(len(starts))
    found, owners = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for size in range(1, longest + 1):
        # Each n-gram is the one that starts at the same character and is shorter by one, and a character.
        alive = alive[alive + size <= ends[alive]]
        added = alive + size - 1
        for place in range(int(lengths[added].max(initial=0))):
            longer = lengths[added] > place
            rows = alive[longer]
            hashes[rows] = (hashes[rows] ^ signed[starts[added[longer]] + place]) * _PRIME
        if size >= shortest:
            ngrams = alive
            if size == 1:
                ngrams = alive[(alive > firsts[alive]) & (alive + 1 < ends[alive])]
            found.append((hashes[ngrams] % np.uint32(n_buckets)).astype(np.int64))
            owners.append(word_of[ngrams])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(found)[order], np.bincount(owner, minlength=len(words))
