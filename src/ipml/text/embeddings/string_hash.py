"""MurmurHash64A (Austin Appleby, public domain), by which spaCy's tables of vectors name their words."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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
