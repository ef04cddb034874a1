"""An array and a list of words: what is read, and every way of not fitting together."""

import gzip

import numpy as np
import pytest

from ipml.errors import InputError
from ipml.text.embeddings import array_file, open_word_vectors

WORDS = ["pump", "ポンプ", "two words", "泵"]
VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
LISTED = ("\n".join(WORDS) + "\n").encode()


@pytest.fixture
def opened(tmp_path):
    def open_both(array=VECTORS, listed=LISTED, name="words.txt", **options):
        if isinstance(array, bytes):
            (tmp_path / "v.npy").write_bytes(array)
        else:
            np.save(tmp_path / "v.npy", array)
        (tmp_path / name).write_bytes(listed)
        settings = {"kind": "npy", "path": str(tmp_path / "v.npy"), "words": str(tmp_path / name)}
        return open_word_vectors({**settings, "cache": str(tmp_path / "cache"), **options})

    return open_both


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_any_kind_of_number(opened, monkeypatch, dtype, order):
    monkeypatch.setattr(array_file, "_BYTES", 30)
    array = np.asarray(VECTORS.astype(dtype), order=order)
    table = opened(array)
    assert table.words == WORDS
    np.testing.assert_array_equal(table.select(WORDS)[1], array.astype(np.float32))


def test_shapes_of_the_list(opened):
    fingerprint = opened().fingerprint
    for listed, name in [
        (LISTED.rstrip(b"\n"), "a.txt"),
        (b"\xef\xbb\xbf" + LISTED.replace(b"\n", b"\r\n"), "windows.txt"),
        (gzip.compress(LISTED), "a.txt.gz"),
    ]:
        assert opened(listed=listed, name=name).fingerprint == fingerprint


def test_max_words_and_duplicates(opened):
    assert opened(max_words=2).words == WORDS[:2]
    table = opened(listed=b"a\nb\na\n\xff\n", duplicates="first")
    assert table.words == ["a", "b"]
    np.testing.assert_array_equal(table.vectors, VECTORS[:2])


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("an array was unpickled",))


def npy_of_objects(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([[Harmful()]], dtype=object), allow_pickle=True)
    return (tmp_path / "objects.npy").read_bytes()


def test_objects_are_never_unpickled(opened, tmp_path):
    with pytest.raises(InputError, match=r"v\.npy: cut short or not an array of numbers"):
        opened(npy_of_objects(tmp_path))


@pytest.mark.parametrize(
    ("array", "listed", "message"),
    [
        (VECTORS[:3], LISTED, r"words\.txt: more words than the 3 rows"),
        (np.ones((5, 3)), LISTED, r"words\.txt: 4 words, but .*v\.npy has 5 rows"),
        (VECTORS, b"a\nb\n\nc\n", r"words\.txt: line 3: no word"),
        (VECTORS, b"a\nb\nc\na\n", r"words\.txt: line 4: the word 'a' stands twice"),
        (VECTORS, b"\xff\n\xff\n\xff\n\xff\n", r"words\.txt: has no word in UTF-8"),
        (np.where(VECTORS > 1.2, np.nan, VECTORS), LISTED, r"v\.npy: row 4: the vector of '泵' has NaN"),
        (np.full((4, 3), 1e300), LISTED, r"row 1: the vector of 'pump' has NaN, infinity or"),
        (np.ones(4), LISTED, r"v\.npy: float64, shape \(4,\)"),
        (np.ones((4, 3), dtype=int), LISTED, "needed: floating-point numbers"),
        (np.array([["a"]]), LISTED, "needed: floating-point numbers"),
        (np.ones((4, 0)), LISTED, "has no numbers"),
        (b"", LISTED, r"v\.npy: cut short or not an array"),
        (b"\x93NUMPY\x01\x00", LISTED, "cut short or not an array"),
        (b"\x80\x04K\x01.", LISTED, "cut short or not an array"),
    ],
)
def test_what_does_not_fit_is_named(opened, tmp_path, array, listed, message):
    with pytest.raises(InputError, match=message) as error:
        opened(array, listed)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").glob("v-*"))


def test_an_array_cut_short(opened, tmp_path):
    np.save(tmp_path / "whole.npy", VECTORS)
    with pytest.raises(InputError, match=r"v\.npy: cut short"):
        opened((tmp_path / "whole.npy").read_bytes()[:-4])


def test_missing_files(tmp_path, opened):
    with pytest.raises(InputError, match=r"vectors\.words: kind=npy needs a value"):
        open_word_vectors({"kind": "npy", "path": "v.npy", "cache": str(tmp_path)})
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        opened(words=str(tmp_path / "none.txt"))
