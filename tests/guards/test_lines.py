"""Lines of any file: those there are, those too long, and gzips made to hurt."""

import gzip
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.lexicons.lexicon import read_lexicon, read_muse
from ipml.corpus.readers import JsonLines
from ipml.errors import InputError
from ipml.guards.lines import open_bytes, read_lines
from ipml.text.embeddings import open_word_vectors


def gzip_of(n_bytes, filler=b"\0"):
    """A gzip of so many bytes, in members of 16 MiB, as `cat` makes one of several."""
    content = filler * (2**24 // len(filler))
    return gzip.compress(content) * (n_bytes // len(content))


@pytest.fixture(scope="module")
def bomb():
    """1 GiB of zeros in 1 MB."""
    return gzip_of(2**30)


def peak(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@given(
    st.lists(st.binary(max_size=12).filter(lambda b: b"\n" not in b and not b.endswith(b"\r"))), st.booleans()
)
def test_lines_come_back_with_their_numbers(tmp_path_factory, lines, packed):
    content = b"".join(line + b"\n" for line in lines)
    path = tmp_path_factory.mktemp("lines") / ("a.gz" if packed else "a")
    path.write_bytes(gzip.compress(content) if packed else content)
    if content.startswith((b"\xef\xbb\xbf", b"\x1f\x8b")):
        return
    assert list(read_lines(path)) == list(enumerate(lines, start=1))


@pytest.mark.parametrize("packed", [True, False])
def test_a_line_too_long_is_passed_over_and_the_others_stay(tmp_path, packed):
    content = b"\xef\xbb\xbfabcd\r\n" + b"x" * 700_000 + b"\nabcd\nabcde\nlast"
    (tmp_path / "a").write_bytes(gzip.compress(content) if packed else content)
    assert list(read_lines(tmp_path / "a", longest=4)) == [
        (1, b"abcd"), (2, None), (3, b"abcd"), (4, None), (5, b"last"),
    ]  # fmt: skip


def test_a_small_file_may_repeat_itself_a_thousand_times(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip_of(2**25, filler=b"a line \n"))
    assert sum(1 for _ in read_lines(tmp_path / "a.gz")) == 2**22


def test_reading_a_bomb_takes_no_memory(tmp_path, bomb):
    path = tmp_path / "a.gz"
    path.write_bytes(bomb)
    assert len(bomb) < 2**21

    def read():
        with pytest.raises(InputError, match=r"a\.gz: a gzip that unpacks to more than 250 times its size"):
            list(read_lines(path, longest=2**20))

    assert peak(read) < 2**23


def corpus(folder, content):
    (folder / "firms.jsonl.gz").write_bytes(content)
    (folder / "pages.jsonl").write_bytes(b"{}")
    return list(JsonLines(folder).rows("firms"))


def vectors(folder, content, kind, name, **more):
    (folder / name).write_bytes(content)
    settings = {"kind": kind, "path": str(folder / name), "cache": str(folder / "cache"), **more}
    return open_word_vectors(settings)


def dictionary(read):
    def opened(folder, content):
        (folder / "d.tsv").write_bytes(content)
        return read(folder / "d.tsv")

    return opened


def array(folder, content):
    np.save(folder / "a.npy", np.ones((3, 2), dtype=np.float32))
    (folder / "w.gz").write_bytes(content)
    return vectors(folder, (folder / "a.npy").read_bytes(), "npy", "a.npy", words=str(folder / "w.gz"))


@pytest.mark.parametrize(
    "opened",
    [
        corpus,
        dictionary(read_lexicon),
        dictionary(read_muse),
        array,
        lambda folder, content: vectors(folder, content, "text", "v.vec.gz"),
        lambda folder, content: vectors(folder, gzip.compress(b"3 3\n") + content, "text", "v.vec.gz"),
        lambda folder, content: vectors(
            folder, gzip.compress(b"9 4000000\nw ") + content, "word2vec", "v.bin.gz"
        ),
        lambda folder, content: vectors(
            folder, gzip.compress(b"9 99999999999\nw ") + content, "word2vec", "v.bin.gz"
        ),
    ],
    ids=["corpus", "tsv", "muse", "npy", "text", "text_header", "word2vec", "word2vec_dimension"],
)
def test_nothing_that_reads_files_takes_a_bomb(tmp_path, bomb, opened):
    def refused():
        with pytest.raises(InputError):
            opened(tmp_path, bomb)

    assert peak(refused) < 100 * 2**20


def test_rows_too_long_are_set_aside_with_the_key_that_allows_them(tmp_path):
    rows = [{"firm_id": "a", "name": "x" * 50}, {"firm_id": "b", "name": "x" * 51}, {"firm_id": "c" * 300}]
    (tmp_path / "firms.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "pages.jsonl").write_text("{}\n")
    read = list(JsonLines(tmp_path, longest_line=200, longest_cell=50).rows("firms"))
    assert [row.fault for row in read] == [
        "",
        "name has more than 50 characters (source.longest_cell)",
        "a line of more than 200 bytes (source.longest_line)",
    ]
    with pytest.raises(InputError, match=r"source\.longest_cell=0: at least 1"):
        JsonLines(tmp_path, longest_cell=0)


def test_a_broken_gzip_says_so_wherever_it_breaks(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"line\n" * 9)[:-4])
    with pytest.raises(InputError, match=r"a\.gz: broken gzip after line 9"):
        list(read_lines(tmp_path / "a.gz"))
    with (
        pytest.raises(InputError, match=r"a\.gz: broken gzip; fetch"),
        open_bytes(tmp_path / "a.gz") as stream,
    ):
        stream.read()
