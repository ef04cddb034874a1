"""fastText's binary models: the vectors it gives itself, and every way of being another file."""

import gzip
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import InputError
from ipml.files import read_json
from ipml.text.embeddings import open_word_vectors
from ipml.text.embeddings.fasttext_format import read_fasttext
from tests.text.fasttext_writer import WORDS, write_model

# What fastText 0.9.2 itself gives for the models that `write_model` writes (``get_word_vector``, first number).
LISTED = {"</s>": 0.0, "pump": 30.076923, "ポンプ": 27.9, "泵": 16.75, "naïve": 24.625}
UNKNOWN = {"pumps": 29.933334, "ポンプ機": 31.666668, "泵阀门": 24.555555, "x": 28.666668, "": 22.0}
LONGER = {"pump": 33.05, "naïve": 26.269232, "éé🙂": 34.153847}  # n-grams of 1 to 6 characters


@pytest.fixture
def opened(tmp_path):
    def open_model(path, **options):
        settings = {"kind": "fasttext", "path": str(path), "cache": str(tmp_path / "cache"), **options}
        return open_word_vectors(settings)

    return open_model


def check(vectors, expected):
    known, found = vectors.select(list(expected))
    assert known.all()
    values = np.array(list(expected.values()))
    np.testing.assert_allclose(found, np.stack([values, -values / 2], axis=1), rtol=1e-6)


def test_the_vectors_are_fasttexts(opened, tmp_path):
    vectors = opened(write_model(tmp_path / "m.bin"))
    assert vectors.words == list(WORDS)
    check(vectors, LISTED | UNKNOWN)


def test_cbow_labels_and_other_sizes(opened, tmp_path):
    check(opened(write_model(tmp_path / "m.bin", sizes=(1, 6), model=1, labels=2)), LONGER)
    old = opened(write_model(tmp_path / "old.bin", version=11))
    check(old, LISTED)


def test_listed_and_unknown_words_keep_their_order(opened, tmp_path):
    vectors = opened(write_model(tmp_path / "m.bin", sizes=(4, 6)))
    known, found = vectors.select(["x", "pumps", "泵", "x", "pumps"])  # <x> has no n-gram of 4
    assert known.tolist() == [False, True, True, False, True]
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_array_equal(found[1], vectors.select(["泵"])[1][0])
    assert vectors.select([])[1].shape == (0, 2)


def test_without_subwords_only_listed_words_are_known(opened, tmp_path):
    path = write_model(tmp_path / "m.bin")
    table = opened(path, subwords=False)
    assert table.select(["pump", "pumps"])[0].tolist() == [True, False]
    check(table, LISTED)
    assert table.fingerprint != opened(path).fingerprint
    bare = opened(write_model(tmp_path / "bare.bin", n_buckets=0, sizes=(0, 0)))
    assert bare.select(["pump", "pumps"])[0].tolist() == [True, False]
    np.testing.assert_array_equal(bare.select(["泵"])[1], [[3, -1.5]])


def test_it_is_converted_once(opened, tmp_path, monkeypatch):
    path = write_model(tmp_path / "m.bin")
    first = opened(path)
    monkeypatch.setattr("ipml.text.embeddings.fasttext_file.read_fasttext", None)
    again = opened(path)
    assert again.fingerprint == first.fingerprint
    check(again, LISTED | UNKNOWN)


def test_a_model_that_is_changed_in_place_is_refused_though_its_time_is_the_old_one(opened, tmp_path):
    path = write_model(tmp_path / "m.bin")
    opened(path)
    time, whole = path.stat().st_mtime_ns, path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(path, ns=(time, time))
    with pytest.raises(InputError, match=r"m\.bin: changed since .*; delete .* if m\.bin is right"):
        opened(path)


def test_a_word_that_is_not_utf8_is_dropped_and_counted(opened, tmp_path):
    words = opened(write_model(tmp_path / "m.bin", ("a", b"\xe3\x83", "b"))).words
    assert words == ["a", "b"]
    (description,) = (tmp_path / "cache").glob("m-*/table.json")
    assert read_json(description)["not_utf8_dropped"] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"signature": 1}, "not a fastText model"),
        ({"version": 10}, "version 10 of the format; known: 11, 12"),
        ({"model": 3}, "a supervised model"),
        ({"quantised": True}, "a quantised model"),
        ({"pruned": 3}, "a quantised model"),
        ({"kind": 1}, r"word 1 of its dictionary is of kind 1"),
        ({"words": ("a", "b", "a")}, "word 3: the word 'a' stands twice"),
        ({"words": ("a", "b\nc")}, "word 2: a line break in the word"),
        ({"matrix": np.full((55, 2), np.nan)}, "word 1: the vector of '</s>' has NaN, infinity or"),
        ({"words": ("</s>",), "matrix": np.r_[np.zeros(50), np.inf]}, "a bucket of n-grams has NaN"),
    ],
)
def test_another_file_or_broken_values(opened, tmp_path, changes, message):
    if "words" in changes and "matrix" in changes:
        changes = {**changes, "dimension": 1}
    with pytest.raises(InputError, match=rf"m\.bin: .*{message}") as error:
        opened(write_model(tmp_path / "m.bin", **changes))
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").glob("m-*"))


def test_files_that_are_no_model(opened, tmp_path):
    path = write_model(tmp_path / "m.bin")
    packed = tmp_path / "m.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(InputError, match="compressed; unpack it first"):
        opened(packed)
    with pytest.raises(InputError, match="no such file"):
        opened(tmp_path / "none.bin")
    (tmp_path / "t.bin").write_text("2 3\na 1 2 3\n")
    with pytest.raises(InputError, match="not a fastText model"):
        opened(tmp_path / "t.bin")


@given(share=st.floats(0, 1, exclude_max=True))
def test_cut_short_anywhere_it_is_refused(tmp_path_factory, share):
    path = write_model(tmp_path_factory.mktemp("cut") / "m.bin")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"cut short at byte|signature is missing"):
        read_fasttext(path)


def test_a_matrix_of_another_shape_is_named(tmp_path):
    path = write_model(tmp_path / "m.bin")
    content = bytearray(path.read_bytes())
    place = content.rindex((55).to_bytes(8, "little") + (2).to_bytes(8, "little"))
    content[place] = 54
    path.write_bytes(content)
    with pytest.raises(InputError, match="a matrix of 54 x 2 for 5 words, 50 buckets and 2 dimensions"):
        read_fasttext(path)
