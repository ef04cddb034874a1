"""Corpora on disk: round trip, a hash of the content, whole or absent."""

import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.checksums import CHECKSUMS
from ipml.corpus import load_corpus, write_corpus
from ipml.corpus.schema import TABLES
from ipml.errors import InputError

FIRMS = [
    {"firm_id": "JP-2", "name": "B", "country": "JP", "firm_type": "established", "has_patent": False},
    {"firm_id": "JP-1", "name": "A", "country": "JP", "has_patent": None, "website": "not in the schema"},
    {"firm_id": "US-1", "name": "C", "country": "US", "has_patent": True},
]
PAGES = [
    {"firm_id": "JP-1", "language": "ja", "kind": "web_page", "text": "ポンプ\r\n弁"},
    {"firm_id": "JP-1", "language": "en", "kind": "profile_en", "text": ""},
    {"firm_id": "JP-2", "language": "ja", "kind": "business_summary", "text": "👩‍🔬", "date": "2025-07-02"},
]
PATENTS = [
    {"patent_id": "P1", "firm_id": "JP-1", "language": "ja", "title": "弁"},
    {"patent_id": "P2", "firm_id": None, "language": "ja", "title": "弁"},
]
ROWS = {"firms": FIRMS, "pages": PAGES, "patents": PATENTS}


def test_round_trip(tmp_path):
    written = write_corpus(tmp_path / "c", ROWS, source="test", as_of="2025-07-02")
    corpus = load_corpus(str(tmp_path / "c"))
    assert corpus.info == written.info
    assert corpus.info.counts == {"firms": 3, "pages": 3, "patents": 2}
    assert (corpus.info.simulated, corpus.info.source, corpus.info.as_of) == (False, "test", "2025-07-02")
    for name, rows in ROWS.items():
        columns = TABLES[name].names
        expected = [{column: row.get(column) for column in columns} for row in rows]
        assert corpus.table(name).to_pylist() == expected
        assert corpus.dataset(name).to_list() == expected


def test_firms_are_sorted_and_of_one_country(tmp_path):
    corpus = write_corpus(tmp_path / "c", ROWS, source="test")
    assert corpus.firms()["firm_id"].tolist() == ["JP-1", "JP-2", "US-1"]
    assert corpus.firms("JP")["firm_id"].tolist() == ["JP-1", "JP-2"]
    assert corpus.firms("CN").empty


def test_pages_and_patents_of_firms_in_a_language(tmp_path):
    corpus = write_corpus(tmp_path / "c", ROWS, source="test")
    assert corpus.pages(["JP-1", "JP-2"], "ja")["text"].to_pylist() == ["ポンプ\r\n弁", "👩‍🔬"]
    assert corpus.pages(["JP-1", "JP-2"], "ja", ["business_summary"])["firm_id"].to_pylist() == ["JP-2"]
    assert corpus.pages([], "ja").num_rows == 0
    assert corpus.patents(["JP-1"], "ja")["patent_id"].to_pylist() == ["P1"]
    assert corpus.patents(["JP-1"], "en").num_rows == 0


def test_the_hash_is_of_the_content_and_stable(tmp_path):
    def hash_of(name, rows, **options):
        return write_corpus(tmp_path / name, rows, **{"source": "test", **options}).info.hash

    first = hash_of("a", ROWS)
    assert first == "cccbf2f3f33b2d73"  # a corpus keeps its hash from one version of ipml to the next
    assert hash_of("b", ROWS, source="elsewhere", as_of="2020") == first
    assert (
        hash_of("c", {name: [dict(reversed(row.items())) for row in rows] for name, rows in ROWS.items()})
        == first
    )
    assert hash_of("d", {name: (row for row in rows) for name, rows in ROWS.items()}) == first
    changed = [{**PAGES[0], "text": "ポンプ\n弁"}, *PAGES[1:]]
    others = [
        hash_of("e", {**ROWS, "pages": changed}),
        hash_of("f", {**ROWS, "pages": PAGES[::-1]}),
        hash_of("g", {**ROWS, "pages": PAGES[:-1]}),
        hash_of("h", {**ROWS, "firms": [{**FIRMS[0], "has_patent": None}, *FIRMS[1:]]}),
    ]
    assert len({first, *others}) == 5


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=30))
def test_any_text_comes_back(tmp_path_factory, texts):
    pages = [{"firm_id": "JP-1", "language": "ja", "text": text} for text in texts]
    corpus = write_corpus(tmp_path_factory.mktemp("c") / "c", {**ROWS, "pages": pages}, source="test")
    assert corpus.table("pages")["text"].to_pylist() == texts


def test_many_rows_are_written_batch_by_batch(tmp_path):
    pages = ({"firm_id": "JP-1", "language": "ja", "text": str(number)} for number in range(4500))
    corpus = write_corpus(tmp_path / "c", {**ROWS, "pages": pages}, source="test")
    assert corpus.table("pages").column("text").num_chunks == 3
    assert corpus.table("pages")["text"].to_pylist() == [str(number) for number in range(4500)]


def test_rows_set_aside_while_writing_are_kept(tmp_path):
    aside = []

    def pages():
        aside.append('{"file": "x", "line": 3, "reason": "壊れ"}\n')
        yield PAGES[0]

    corpus = write_corpus(tmp_path / "c", {**ROWS, "pages": pages()}, source="test", quarantine=aside)
    assert corpus.info.quarantined == 1
    lines = (tmp_path / "c" / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == ['{"file": "x", "line": 3, "reason": "壊れ"}']


def broken(error):
    yield PAGES[0]
    raise error


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), InputError("y")])
def test_a_write_that_fails_leaves_nothing(tmp_path, error):
    with pytest.raises(type(error)):
        write_corpus(tmp_path / "c", {**ROWS, "pages": broken(error)}, source="test")
    assert list(tmp_path.iterdir()) == []


def test_a_row_of_a_wrong_type_leaves_nothing(tmp_path):
    with pytest.raises(pa.ArrowTypeError):
        write_corpus(tmp_path / "c", {**ROWS, "pages": [{**PAGES[0], "text": 3}]}, source="test")
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from ipml.corpus import write_corpus
def pages():
    for number in range(5000):
        yield {"firm_id": "JP-1", "language": "ja", "text": str(number)}
    os.kill(os.getpid(), signal.SIGKILL)
write_corpus(Path(sys.argv[1]), {"firms": [], "pages": pages(), "patents": []}, source="test")
"""


def test_a_killed_process_leaves_no_corpus_and_does_not_stand_in_the_way(tmp_path):
    target = tmp_path / "c"
    code = subprocess.run([sys.executable, "-c", KILLED, str(target)], env={**os.environ}).returncode
    assert code == -signal.SIGKILL
    assert not target.exists()
    assert write_corpus(target, ROWS, source="test").info.counts["pages"] == 3


@pytest.mark.parametrize("gone", ["corpus.json", "pages.arrow"])
def test_what_is_not_a_corpus_is_named(tmp_path, gone):
    write_corpus(tmp_path / "c", ROWS, source="test")
    (tmp_path / "c" / gone).unlink()
    with pytest.raises(InputError, match=rf"data\.root=.*c: .*{gone} is missing"):
        load_corpus(tmp_path / "c")


def test_of_two_that_make_different_corpora_in_one_folder_the_second_is_refused(tmp_path):
    def pages():
        yield PAGES[0]
        write_corpus(tmp_path / "c", ROWS, source="the other process")

    with pytest.raises(InputError, match=r"another process has made corpus .* meanwhile"):
        write_corpus(tmp_path / "c", {**ROWS, "pages": pages()}, source="test")
    assert load_corpus(tmp_path / "c").info.source == "the other process"
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def flip(path, place=-9):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["firms.arrow", "pages.arrow", "patents.arrow", "corpus.json"])
def test_one_flipped_bit_is_found_and_the_file_named(tmp_path, name):
    write_corpus(tmp_path / "c", ROWS, source="test")
    flip(tmp_path / "c" / name, 20)
    with pytest.raises(InputError, match=rf"c.*{name}.*ingest the corpus again") as error:
        load_corpus(tmp_path / "c")
    assert "\n" not in str(error.value)


def test_a_corpus_without_checksums_is_checked_by_its_hash_and_gets_them(tmp_path):
    first = write_corpus(tmp_path / "c", ROWS, source="test", simulated=True)
    (tmp_path / "c" / CHECKSUMS).unlink()
    assert load_corpus(tmp_path / "c").info == first.info
    assert (tmp_path / "c" / CHECKSUMS).is_file()
    (tmp_path / "c" / CHECKSUMS).unlink()
    pages = tmp_path / "c" / "pages.arrow"
    whole = pages.read_bytes()
    pages.write_bytes(whole.replace("ポンプ".encode(), "ポンペ".encode()))
    with pytest.raises(InputError, match=rf"not corpus {first.info.hash}; delete .* simulated again"):
        load_corpus(tmp_path / "c")
    pages.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="its tables are not whole, not corpus"):
        load_corpus(tmp_path / "c")


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        load_corpus(tmp_path / "none")
