"""Japanese chiVe vectors (Manabe et al., NLP 2019) as the package ``ja-ginza`` carries them.

They are read from the package's files; nothing of it is imported, so that spaCy need not be there. ja-ginza
keeps the vectors of the 20,000 most frequent words, and gives each of its other 460,000 words the vector of
the nearest of these. The package names its words by hashes: spaCy's MurmurHash64A (Austin Appleby, public domain).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ipml.console import console
from ipml.errors import InputError
from ipml.files import read_json, write_text
from ipml.text.embeddings.table import VectorTable
from ipml.text.kinds import package_folder, package_version

PACKAGE = "ja-ginza"
_NEEDED = ("embeddings chive", "pip install 'ipml[chive]' && pip install --no-deps ja-ginza==5.3.0")
_VECTORS, _ROWS, _STRINGS = "vectors", "key2row", "strings.json"


def open_chive(cache: str, merged: bool = True) -> VectorTable:
    """Open the words, in Sudachi's normalised form, and their vectors of 300 dimensions.

    Parameters
    ----------
    cache
        Folder that keeps the list of words, which the package has as hashes only.
    merged
        True: all 480,000 words, most of them with the vector of their nearest word; False: only the 20,000
        whose vector is their own.

    Raises
    ------
    InputError
        If the package is missing or not as expected.
    """
    version = package_version(PACKAGE, *_NEEDED)
    folder = package_folder("ja_ginza", *_NEEDED) / f"ja_ginza-{version}" / "vocab"
    for name in (_VECTORS, _ROWS, _STRINGS):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing; install {PACKAGE} again: {_NEEDED[1]}")
    vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
    listed = Path(cache) / f"{PACKAGE}-{version}-words.json"
    if not listed.is_file():
        console.print(f"reading the words of {PACKAGE} {version}, once")
        row_of_word = _row_of_word(folder)
        write_text(listed, json.dumps(row_of_word, ensure_ascii=False))
    row_of_word = read_json(listed)
    if not merged:
        owners = {row: word for word, row in reversed(row_of_word.items())}
        row_of_word = {owners[row]: row for row in sorted(owners)}
    fingerprint = f"{PACKAGE}-{version}-{'merged' if merged else 'own'}"
    return VectorTable(list(row_of_word), vectors, fingerprint, list(row_of_word.values()))


def _row_of_word(folder: Path) -> dict[str, int]:
    """Row of every word, in the package's order: the words that own a row first, most frequent first."""
    try:
        import msgpack
    except ImportError as error:
        raise InputError(f"{_NEEDED[0]} needs a package: {_NEEDED[1]}") from error
    row_of_hash = msgpack.unpackb((folder / _ROWS).read_bytes(), strict_map_key=False)
    strings = read_json(folder / _STRINGS)
    word_of_hash = dict(zip(hash_strings(strings).tolist(), strings, strict=True))
    return {word_of_hash[key]: row for key, row in row_of_hash.items() if key in word_of_hash}


_MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)
_SHIFT = np.uint64(47)


def hash_strings(words: Sequence[str], seed: int = 1) -> npt.NDArray[np.uint64]:
    """Hash the UTF-8 bytes of n words; shape (n,). spaCy's ``StringStore`` uses seed 1.

    Examples
    --------
    >>> hash_strings(["coffee"]).tolist()  # the example of spaCy's documentation
    [3197928453018144401]
    """
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    lengths = np.array([len(word) for word in encoded], dtype=np.int64)
    hashes = np.empty(len(words), dtype=np.uint64)
    # Words of one length go through together: their blocks of eight bytes are the columns of an array.
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        width = -(-length // 8) * 8
        padded = b"".join(encoded[row].ljust(width, b"\0") for row in rows)
        blocks = np.frombuffer(padded, dtype="<u8").reshape(len(rows), width // 8)
        hashes[rows] = _hash_blocks(blocks, length, seed)
    return hashes


def _hash_blocks(blocks: npt.NDArray[np.uint64], length: int, seed: int) -> npt.NDArray[np.uint64]:
    """Hash n words of ``length`` bytes, padded with zeros to blocks of shape (n, number of blocks)."""
    with np.errstate(over="ignore"):  # arithmetic modulo 2**64 is meant
        state = np.full(len(blocks), np.uint64(seed) ^ np.uint64(length) * _MULTIPLIER)
        for column in range(length // 8):
            block = blocks[:, column] * _MULTIPLIER
            block = (block ^ block >> _SHIFT) * _MULTIPLIER
            state = (state ^ block) * _MULTIPLIER
        if length % 8:
            state = (state ^ blocks[:, -1]) * _MULTIPLIER
        state = (state ^ state >> _SHIFT) * _MULTIPLIER
        return state ^ state >> _SHIFT
