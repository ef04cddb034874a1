"""n-grams and their hashes; the expected buckets were printed by fastText 0.9.2 (``get_subwords``)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.text.embeddings.fasttext_file import subword_buckets

# minn=1, maxn=4, bucket=2,000,000; less the number of words
FASTTEXT = {
    "a": [1008750, 1087600, 2220, 1614806],  # <a <a> a a>
    "泵阀": [924011, 1945838, 221424, 320561, 843664, 676330, 808380, 416934],
    "🙂x": [342961, 953323, 932303, 329163, 1014345, 707029, 1442695, 1260091],
    "ポンプ": [
        958308,
        1980243,
        857946,
        1802426,
        128161,
        1024824,
        1410034,
        832272,
        1424139,
        1602671,
        26236,
        1240806,
    ],
    "pump": [
        1344465,
        1908652,
        1180883,
        1221743,
        643182,
        1232953,
        1358443,
        1333648,
        1018183,
        1522837,
        468273,
        1112696,
        1526040,
        1301842,
        1221743,
        1412227,
    ],
}
# minn=2, maxn=5, bucket=1,000
FASTTEXT_SHORT = {
    "pump": [465, 652, 883, 9, 182, 953, 443, 351, 183, 837, 273, 40, 842, 227],
    "naïve": [655, 890, 692, 190, 112, 546, 404, 43, 750, 832, 7, 331, 403, 570, 548, 612, 654, 490],
    "</s>x": [605, 766, 415, 451, 652, 53, 777, 347, 799, 179, 817, 821, 20, 396, 206, 395, 95, 91],
}


def by_definition(word, shortest, longest, n_buckets):
    """One n-gram after the other, as the paper says it."""
    characters = ["<", *word, ">"]
    buckets = []
    for start in range(len(characters)):
        for stop in range(start + shortest, min(start + longest, len(characters)) + 1):
            if stop - start == 1 and (start == 0 or stop == len(characters)):
                continue
            value = 2166136261
            for byte in "".join(characters[start:stop]).encode():
                value = (value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619 % 2**32
            buckets.append(value % n_buckets)
    return buckets


@pytest.mark.parametrize(
    ("expected", "sizes", "n_buckets"), [(FASTTEXT, (1, 4), 2_000_000), (FASTTEXT_SHORT, (2, 5), 1000)]
)
def test_the_buckets_are_fasttexts(expected, sizes, n_buckets):
    buckets, counts = subword_buckets([word.encode() for word in expected], *sizes, n_buckets)
    pieces = np.split(buckets, np.cumsum(counts)[:-1])
    assert [sorted(piece.tolist()) for piece in pieces] == [sorted(row) for row in expected.values()]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 4), st.integers(0, 4), st.integers(1, 10**6))
def test_many_words_together_are_each_word_alone(words, shortest, more, n_buckets):
    buckets, counts = subword_buckets([word.encode() for word in words], shortest, shortest + more, n_buckets)
    pieces = np.split(buckets, np.cumsum(counts)[:-1])
    for word, piece in zip(words, pieces, strict=True):
        wanted = [] if word == "</s>" else by_definition(word, shortest, shortest + more, n_buckets)
        assert sorted(piece.tolist()) == sorted(wanted)


def test_the_end_of_a_sentence_and_short_words_have_none():
    assert subword_buckets([b"</s>", b"pump"], 3, 6, 100)[1].tolist() == [0, 10]
    assert subword_buckets([b"a"], 5, 6, 100)[1].tolist() == [0]
    assert subword_buckets([], 3, 6, 100)[0].shape == (0,)
    assert subword_buckets([b"</s>"], 1, 6, 100)[1].tolist() == [0]


def test_bytes_that_are_no_utf8_are_hashed_as_they_stand():
    # fastText lets a stray byte belong to the character before it, of any length.
    buckets, counts = subword_buckets([b"a\x80\x80\x80\x80b", b"\xff"], 1, 1, 2**31)
    assert counts.tolist() == [2, 1]
    assert len(set(buckets.tolist())) == 3
