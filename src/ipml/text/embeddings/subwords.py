"""Character n-grams of words as fastText hashes them (Bojanowski et al., TACL 2017), many words at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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
