"""word2vec's binary format: both ways of writing it, and every way of being broken."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import InputError
from ipml.files import read_json
from ipml.text.embeddings import open_word_vectors, word2vec_file
from ipml.text.normalisation import normalise

WORDS = ["</s>", "pump", "ポンプ", "泵"]
VECTORS = np.array([[0, 1, 2], [0.5, -0.1, 2e-9], [1, 2, 3], [4, 5, 6]], dtype=np.float32)


def content_of(words=WORDS, vectors=VECTORS, end="\n", head=None):
    """With a line break after each vector as the original program writes it, or without, as others do."""
    head = head or f"{len(words)} {np.shape(vectors)[1]}\n"
    rows = [
        (word if isinstance(word, bytes) else word.encode()) + b" " + row.tobytes() + end.encode()
        for word, row in zip(words, np.asarray(vectors, dtype="<f4"), strict=True)
    ]
    return head.encode() + b"".join(rows)


@pytest.fixture
def opened(tmp_path):
    def open_content(content, name="words.bin", **options):
        (tmp_path / name).write_bytes(content)
        settings = {"kind": "word2vec", "path": str(tmp_path / name), "cache": str(tmp_path / "cache")}
        return open_word_vectors({**settings, **options})

    return open_content


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("size", [1, 30, 2**22])
def test_words_and_vectors(opened, monkeypatch, end, size):
    monkeypatch.setattr(word2vec_file, "_BYTES", size)
    monkeypatch.setattr(word2vec_file, "_WORDS", 3)
    table = opened(content_of(end=end))
    assert table.words == WORDS
    np.testing.assert_array_equal(table.select(WORDS)[1], VECTORS)
    packed = opened(gzip.compress(content_of(end=end)), "words.bin.gz")
    assert packed.fingerprint == table.fingerprint


def test_vectors_with_bytes_of_blanks_and_line_breaks(opened):
    vectors = np.frombuffer(b"    \n\n\n\n \n \n" * 4, dtype="<f4").reshape(4, 3).copy()
    vectors[3, 0] = 1  # all the same are no word vectors
    np.testing.assert_array_equal(opened(content_of(vectors=vectors)).select(WORDS)[1], vectors)


finite = st.floats(-1e9, 1e9, width=32)
letters = st.characters(codec="utf-8", exclude_characters=" \n")
names = st.text(letters, min_size=1, max_size=6).filter(lambda name: normalise(name) == name)
rows = st.dictionaries(names, st.lists(finite, min_size=2, max_size=2), min_size=1, max_size=5).filter(
    lambda found: len(set(map(tuple, found.values()))) > 1
)


@given(rows=rows, end=st.sampled_from(["\n", ""]))
def test_round_trip(tmp_path_factory, rows, end):
    folder = tmp_path_factory.mktemp("word2vec")
    vectors = np.array(list(rows.values()), dtype=np.float32)
    (folder / "w.bin").write_bytes(content_of(list(rows), vectors, end))
    settings = {"kind": "word2vec", "path": str(folder / "w.bin"), "cache": str(folder / "cache")}
    table = open_word_vectors(settings)
    assert table.words == list(rows)
    np.testing.assert_array_equal(table.vectors, vectors)


def test_max_words_and_what_is_dropped(opened, tmp_path):
    assert opened(content_of(), max_words=2).words == WORDS[:2]
    assert opened(content_of()[:-8], max_words=2).words == WORDS[:2]
    words = ["a", b"\xff", "b", "a"]
    assert opened(content_of(words), "odd.bin", duplicates="first").words == ["a", "b"]
    (description,) = (tmp_path / "cache").glob("odd-*/table.json")
    counts = read_json(description)
    assert (counts["duplicates_dropped"], counts["not_utf8_dropped"]) == (1, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (content_of()[:-3], "cut short at word 4 of 4, byte 62"),
        (content_of()[:20], "cut short at word 1 of 4, byte 4"),
        (content_of() + b"x", "goes on after its 4 words"),
        (content_of(head="5 3\n"), "cut short at word 5 of 5"),
        (content_of(head="3 3\n"), "goes on after its 3 words"),
        (content_of(["a", "b", "a", "c"]), "word 3: the word 'a' stands twice; .*duplicates=first"),
        (content_of(["a", "b", "", "c"]), "word 3: no word"),
        (content_of(vectors=[[1, 2], [1, np.nan], [1, 2], [3, 4]]), "word 2: the vector of 'pump' has NaN"),
        (content_of(head="4 0\n"), "starts with two counts"),
        (b"\x80\x02}q\x00(X\x04\x00", "starts with two counts"),
        (b"", "starts with two counts"),
        (b"4 3\n" + b"x" * 9000, "no blank after the word; is the dimension 3"),
    ],
)
def test_a_broken_file_is_named_with_its_word(opened, tmp_path, content, message):
    with pytest.raises(InputError, match=rf"words\.bin: .*{message}") as error:
        opened(content)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").glob("words-*"))


def test_a_gzip_cut_short(opened):
    content = np.random.default_rng(0).normal(size=(400, 3))
    packed = gzip.compress(content_of([f"w{i}" for i in range(400)], content))
    with pytest.raises(InputError, match="broken gzip"):
        opened(packed[:-30], "words.bin.gz")
