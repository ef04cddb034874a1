"""Word vectors as text: the shapes of file there are, and every way of being broken."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import InputError
from ipml.files import read_json
from ipml.text.embeddings import open_word_vectors, text_file
from ipml.text.embeddings import text_lines as text_blocks
from ipml.text.embeddings.text_lines import parse_block, parse_lines

BODY = "pump 0.5 -1e-1 2\nポンプ 1 2 3\n泵 4 5 6\n"
WORDS = ["pump", "ポンプ", "泵"]
VECTORS = np.array([[0.5, -0.1, 2], [1, 2, 3], [4, 5, 6]], dtype=np.float32)


@pytest.fixture
def opened(tmp_path):
    def open_content(content, name="words.vec", **options):
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        settings = {"kind": "text", "path": str(tmp_path / name), "cache": str(tmp_path / "cache"), **options}
        return open_word_vectors(settings)

    return open_content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("3 3\n" + BODY, "fasttext.vec"),
        (BODY, "glove.txt"),
        ("\ufeff3 3\n" + BODY, "bom.vec"),
        (BODY.replace("\n", " \r\n"), "windows.vec"),
        (BODY.rstrip("\n"), "no_last_break.vec"),
        (gzip.compress(("3 3\n" + BODY).encode()), "fasttext.vec.gz"),
        (gzip.compress(BODY.encode()), "glove.txt.gz"),
    ],
)
def test_shapes_of_file(opened, content, name):
    table = opened(content, name)
    assert table.words == WORDS
    np.testing.assert_array_equal(table.select(WORDS)[1], VECTORS)


def test_it_is_converted_once_and_again_when_it_changes(opened, monkeypatch):
    first = opened(BODY)
    conversions = []
    convert = text_file._convert
    monkeypatch.setattr(text_file, "_convert", lambda *a: (conversions.append(a), convert(*a)))
    assert opened(BODY).fingerprint == first.fingerprint
    assert conversions == []
    assert opened(BODY.replace("6", "7")).fingerprint != first.fingerprint
    assert len(conversions) == 1


def test_the_same_file_elsewhere_is_the_same_vectors(opened):
    assert opened(BODY, "a.vec").fingerprint == opened(BODY, "b.vec").fingerprint


@pytest.mark.parametrize("header", ["", "3 3\n"])
def test_max_words_reads_the_beginning(opened, header):
    assert opened(header + BODY, max_words=2).words == WORDS[:2]
    assert opened(header + BODY, max_words=5).words == WORDS


def test_duplicates_and_broken_words_are_dropped_and_counted(opened, tmp_path):
    lines = b"a 1 2\nb 3 4\na 5 6\n\xff\xfe 7 8\nb 9 9\n"
    table = opened(lines, duplicates="first")
    assert table.words == ["a", "b"]
    assert table.select(["a", "b"])[1].tolist() == [[1, 2], [3, 4]]
    (description,) = (tmp_path / "cache").glob("words-*/table.json")
    assert read_json(description)["duplicates_dropped"] == 2
    assert read_json(description)["not_utf8_dropped"] == 1


@pytest.mark.parametrize("n_between", [0, 7])
def test_a_word_that_stands_twice_is_named_with_its_line(opened, monkeypatch, n_between):
    monkeypatch.setattr(text_blocks, "_BYTES", 16)
    between = "".join(f"w{i} 1 2\n" for i in range(n_between))
    with pytest.raises(InputError, match=rf"line {n_between + 2}: the word 'a' stands twice; .*=first"):
        opened(f"a 1 2\n{between}a 3 4\n")
    with pytest.raises(InputError, match=r"duplicates=last: not a choice; allowed: refuse, first"):
        opened(BODY, duplicates="last")


@pytest.mark.parametrize("size", [1, 7, 40])
def test_blocks_of_any_size_give_the_same_table(opened, monkeypatch, size):
    odd = BODY + "two words 1 2 3\ncr\rinside 7 8 9\n"
    whole = opened(odd, "a.vec")
    monkeypatch.setattr(text_blocks, "_BYTES", size)
    pieces = opened(odd, "b.vec", max_words=5)
    assert pieces.words == whole.words == [*WORDS, "two words", "cr\rinside"]
    assert pieces.fingerprint == whole.fingerprint


def test_a_line_without_end_is_refused(opened, monkeypatch):
    monkeypatch.setattr(text_blocks, "LONGEST_LINE", 100)
    monkeypatch.setattr(text_blocks, "_BYTES", 10)
    with pytest.raises(InputError, match="a line of more than 100 bytes"):
        opened("1 1\n" + "x" * 200)


def test_words_with_spaces_and_odd_characters(opened):
    table = opened("4 2\n. . . 1 2\na\u00a0b 3 4\nc\u2028d 5 6\n\u3000 7 8\n")
    assert table.words == [". . .", "a b", "c d", " "]  # as a text with them is read


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("3 3\n" + BODY.replace(" 6", ""), ["words.vec", "line 4"]),
        (BODY.replace(" 6", ""), ["words.vec", "line 3"]),
        (BODY.replace(" 6", " 6 7"), ["line 3", "more than 3 numbers"]),
        (BODY.replace(" 6", " six"), ["line 3", "six"]),
        (BODY.replace(" 6", " nan"), ["line 3", "'泵'", "NaN"]),
        (BODY.replace(" 6", " -inf"), ["line 3", "'泵'"]),
        (BODY.replace(" 6", " 1e99"), ["line 3", "'泵'"]),
        (BODY.replace(" 6", " 1e38"), ["line 3", "'泵'", "beyond 1e+09"]),
        ("a 1 2 3\nb 1 2 3\n", ["words.vec", "2 words are the same"]),
        ("a 0 0 0\nb 0 0 0\n", ["words.vec", "2 words are zero"]),
        (BODY.replace("ポンプ", ""), ["line 2"]),
        (BODY + "\n" + "last 1 2 3\n", ["line 4"]),
        ("4 3\n" + BODY, ["3 words", "promises 4"]),
        ("2 3\n" + BODY, ["promises 2"]),
        ("", ["line 1"]),
        ("word\n", ["line 1"]),
        ("0 3\n", ["no words"]),
        (b"\x80\x02}q\x00(X\x04\x00\x00\x00" * 9, ["line 1"]),
    ],
)
def test_a_broken_file_is_named_with_its_line(opened, tmp_path, content, parts):
    with pytest.raises(InputError) as error:
        opened(content)
    assert all(part in str(error.value) for part in parts)
    assert "\n" not in str(error.value)
    assert not list((tmp_path / "cache").glob("words*"))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(BODY.encode() * 500, mtime=0)[:-40],
        b"not gzip at all",
        gzip.compress(b"a 1\n")[:-4] + b"1234",
    ],
)
def test_a_broken_gzip(opened, data):
    with pytest.raises(InputError, match=r"words\.vec\.gz: broken gzip"):
        opened(data, "words.vec.gz")


def test_missing_file_and_wrong_options(tmp_path, opened):
    with pytest.raises(InputError, match="no such file"):
        open_word_vectors({"kind": "text", "path": str(tmp_path / "none.vec"), "cache": str(tmp_path)})
    with pytest.raises(InputError, match=r"vectors\.path: kind=text needs a value"):
        open_word_vectors({"kind": "text", "cache": str(tmp_path)})
    for value in (0, "many"):
        with pytest.raises(InputError, match=f"vectors.max_words={value}"):
            opened(BODY, max_words=value)
    with pytest.raises(InputError, match=r"vectors\.kind=magnitude: not a choice"):
        open_word_vectors({"kind": "magnitude"})


numbers = st.floats(-1e9, 1e9, width=32)
names = st.text(st.characters(codec="utf-8", exclude_characters=" \n\r\t\f\v"), min_size=1, max_size=8)


@given(st.lists(st.tuples(names, st.lists(numbers, min_size=2, max_size=2)), min_size=1, max_size=5))
def test_numbers_come_back_exactly(rows):
    lines = [
        (place, (word + " " + " ".join(map(repr, vector)) + "\n").encode())
        for place, (word, vector) in enumerate(rows, start=1)
    ]
    words, vectors = parse_lines(lines, 2, "file")
    assert [word.decode() for word in words] == [word for word, _ in rows]
    np.testing.assert_array_equal(vectors, np.array([vector for _, vector in rows], dtype=np.float32))


@given(st.lists(st.tuples(names, st.lists(numbers, min_size=2, max_size=2)), min_size=1, max_size=5))
def test_columns_and_lines_read_the_same(rows):
    lines = [(word + " " + " ".join(map(repr, vector)) + "\n").encode() for word, vector in rows]
    words, vectors = parse_block(b"".join(lines), 1, 2, "file")
    expected_words, expected = parse_lines(list(enumerate(lines, start=1)), 2, "file")
    assert words == expected_words
    np.testing.assert_array_equal(vectors, expected)


def test_real_vectors(shared, tmp_path):
    path = shared / "data" / "vectors" / "glove6b30k.en.50.vec.gz"
    table = open_word_vectors({"kind": "text", "path": str(path), "cache": str(tmp_path)})
    assert (len(table.words), table.dimension) == (30_000, 50)
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=2e-3)
