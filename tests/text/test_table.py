"""Tables of word vectors: round trip, whole or absent, what is refused."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.checksums import CHECKSUMS, write_checksums
from ipml.errors import InputError
from ipml.files import read_json
from ipml.text.embeddings.table import new_table, open_table, write_table

WORDS = ["ポンプ", "cr\rinside", "fs\x1cinside", "two words", "泵"]
VECTORS = np.arange(15, dtype=np.float32).reshape(5, 3)


def test_round_trip_and_look_up(tmp_path):
    write_table(tmp_path / "t", WORDS, VECTORS, "test")
    table = open_table(str(tmp_path / "t"))
    assert table.words == WORDS
    assert table.dimension == 3
    known, vectors = table.select(["泵", "no", "ポンプ", "泵"])
    assert known.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(vectors, VECTORS[[4, 0, 4]])
    assert vectors.dtype == np.float32


@given(cuts=st.lists(st.integers(0, 5), max_size=3))
def test_piece_by_piece_is_the_same_file(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("tables")
    write_table(folder / "whole", WORDS, VECTORS, "test")
    edges = [0, *sorted(cuts), 5]
    with new_table(folder / "pieces", 3, {"source": "test"}) as writer:
        for start, stop in pairwise(edges):
            writer.append(WORDS[start:stop], VECTORS[start:stop])
    assert read_json(folder / "pieces" / "table.json") == read_json(folder / "whole" / "table.json")
    assert open_table(str(folder / "pieces")).words == WORDS


def test_many_rows_fit_into_the_head_of_the_array(tmp_path):
    with new_table(tmp_path / "t", 1, {}) as writer:
        for start in range(0, 100_000, 10_000):
            words = [str(number) for number in range(start, start + 10_000)]
            writer.append(words, np.arange(start, start + 10_000, dtype=np.float32)[:, None])
    table = open_table(str(tmp_path / "t"))
    assert table.vectors.shape == (100_000, 1)
    assert table.select(["99999"])[1].tolist() == [[99999]]


def test_only_the_rows_asked_for_are_brought_into_memory(tmp_path):
    n, dimension = 200, 20_000  # 16 MB
    words = [str(number) for number in range(n)]
    write_table(tmp_path / "t", words, np.eye(n, dimension, dtype=np.float32), "test")
    tracemalloc.start()
    table = open_table(str(tmp_path / "t"))
    _, vectors = table.select(["7", "150"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(table.vectors, np.memmap)
    assert vectors.nbytes == 2 * dimension * 4
    assert peak < 3 * vectors.nbytes


def test_fingerprint_follows_words_and_vectors(tmp_path):
    write_table(tmp_path / "a", WORDS, VECTORS, "test")
    write_table(tmp_path / "b", WORDS[::-1], VECTORS, "test")
    write_table(tmp_path / "c", WORDS, VECTORS + 1, "test")
    write_table(tmp_path / "d", WORDS, VECTORS, "another name")
    prints = [open_table(str(tmp_path / name)).fingerprint for name in "abcd"]
    assert len(set(prints)) == 3
    assert prints[0] == prints[3]


def test_a_killed_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_table(tmp_path / "t", 3, {}) as writer:
        writer.append(WORDS, VECTORS)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "vectors", "parts"),
    [
        (["a", "b"], [[1, 2], [np.nan, 1]], ["'b'", "row 2", "NaN"]),
        (["a", "b"], [[1, np.inf], [1, 1]], ["'a'", "row 1"]),
        (["a", "b"], [[1, 1], [1e38, 1]], ["'b'", "row 2", "beyond 1e+09"]),
        (["a", "b"], [[1, 1], [1, 1]], ["2 words", "the same"]),
        (["a", "b"], [[0, 0], [0, 0]], ["2 words", "zero"]),
        (["a"], [[0, 0]], ["1 words", "zero"]),
        (["a", "a"], [[1, 2], [3, 4]], ["'a'", "twice"]),
        (["a"], [[1, 2], [3, 4]], ["1 words", "2 vectors"]),
    ],
)
def test_what_is_refused(tmp_path, words, vectors, parts):
    with pytest.raises(InputError) as error:
        write_table(tmp_path / "t", words, np.array(vectors, dtype=np.float32), "my source")
    assert all(part in str(error.value) for part in ["my source", *parts])
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_table(tmp_path):
    with pytest.raises(InputError, match="no table of word vectors"):
        open_table(str(tmp_path))


def test_a_table_cut_short(tmp_path):
    write_table(tmp_path / "t", WORDS, VECTORS, "test")
    path = tmp_path / "t" / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(InputError, match="cut short"):
        open_table(str(tmp_path / "t"))


def test_words_and_vectors_of_different_tables(tmp_path):
    write_table(tmp_path / "t", WORDS, VECTORS, "test")
    (tmp_path / "t" / "words.txt").write_text("a\nb")
    with pytest.raises(InputError, match=r"words\.txt: cut short"):
        open_table(str(tmp_path / "t"))
    write_checksums(tmp_path / "t", ["vectors.npy", "words.txt", "table.json"])
    with pytest.raises(InputError, match="has 2 words"):
        open_table(str(tmp_path / "t"))


@pytest.mark.parametrize("with_checksums", [True, False])
def test_another_file_under_the_old_fingerprint_is_refused(tmp_path, with_checksums):
    write_table(tmp_path / "t", WORDS, VECTORS, "test")
    write_table(tmp_path / "other", WORDS, -VECTORS, "test")
    first = open_table(str(tmp_path / "t")).fingerprint
    if not with_checksums:  # as a version that wrote none has left it
        (tmp_path / "t" / CHECKSUMS).unlink()
        assert open_table(str(tmp_path / "t")).fingerprint == first
        assert (tmp_path / "t" / CHECKSUMS).is_file()
        (tmp_path / "t" / CHECKSUMS).unlink()
    for name in ("vectors.npy", "words.txt"):
        kept = (tmp_path / "t" / name).read_bytes()
        replacement = (tmp_path / "other" / name).read_bytes() if name == "vectors.npy" else kept[::-1]
        (tmp_path / "t" / name).write_bytes(replacement)
        with pytest.raises(InputError, match=rf"{tmp_path / 't'}.*; delete .* and make it again") as error:
            open_table(str(tmp_path / "t"))
        assert "\n" not in str(error.value)
        (tmp_path / "t" / name).write_bytes(kept)
