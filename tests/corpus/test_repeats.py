"""Rows that stand twice: once if they are the same, the first alone if they are not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.corpus.ingest import ingest_source, open_or_ingest
from ipml.corpus.readers import JsonLines, SourceRow
from ipml.corpus.repeats import SeenRows
from ipml.corpus.row_checks import RowCheck
from ipml.corpus.schema import TABLES

CODES = ["JP"], ["established"]
FIRMS = [{"firm_id": name, "country": "JP"} for name in ("A", "B")]
PAGE = {"firm_id": "A", "lang": "ja", "kind": "web_page", "url": "https://a.jp/", "text": "ポンプ"}
PATENT = {
    "patent_id": "P1",
    "firm_id": "A",
    "lang": "ja",
    "title": "弁",
    "abstract": "弁の構造",
    "ipc": ["F16K"],
}
SAME = "stands again, the same: kept once"


@pytest.fixture
def source(tmp_path):
    def write(**tables):
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        for table, rows in {"firms": FIRMS, "pages": [PAGE], "patents": [PATENT], **tables}.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"{table}.jsonl").write_text(text, encoding="utf-8")
        return folder

    return write


def read(folder, threshold=1.0, **options):
    out = folder.parent / f"out-{len(list(folder.parent.iterdir()))}"
    return ingest_source(JsonLines(folder), out, RowCheck(*CODES), threshold, **options)


def test_a_patent_once_an_inventor_counts_once(source, capsys):
    once = read(source())
    capsys.readouterr()
    six = read(source(patents=[PATENT] * 6))
    assert six.info.hash == once.info.hash
    assert six.info.quarantined == 0
    entry = {"file": "patents.jsonl", "reason": SAME, "rows": 5, "first": "patents.jsonl:2"}
    assert six.info.read_otherwise == [entry]
    said = " ".join(capsys.readouterr().out.split())
    assert all(part in said for part in (SAME, "patents.jsonl:2", "5"))


def test_repeats_do_not_count_as_unreadable(source):
    assert read(source(patents=[PATENT] * 60), threshold=0.0).info.counts["patents"] == 1


def test_a_patent_of_two_applicants_is_kept_for_each_once(source):
    joint = {**PATENT, "firm_id": "B"}
    outside = {**PATENT, "firm_id": None}
    corpus = read(source(patents=[PATENT, joint, outside, joint, PATENT, outside]))
    assert corpus.table("patents")["firm_id"].to_pylist() == ["A", "B", None]
    assert corpus.info.read_otherwise[0]["rows"] == 3


def test_a_patent_in_two_languages_is_a_row_of_each(source):
    assert (
        read(source(patents=[PATENT, {**PATENT, "lang": "en", "title": "valve"}])).info.counts["patents"] == 2
    )


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("firms", [{**FIRMS[0], "name": "another"}]),
        ("pages", [{**PAGE, "text": "another"}]),
        ("pages", [{**PAGE, "date": "2025-07-02"}]),  # a corpus is a snapshot
        ("patents", [{**PATENT, "abstract": None}]),
        ("patents", [{**PATENT, "ipc": ["F16K", "F04B"]}]),
    ],
)
def test_the_first_of_rows_that_contradict_each_other_is_kept(source, table, rows):
    plain = read(source())
    before = {"firms": FIRMS, "pages": [PAGE], "patents": [PATENT]}[table]
    corpus = read(source(**{table: [*before, *rows, *rows]}))
    assert corpus.info.hash == plain.info.hash
    aside = [json.loads(line) for line in (corpus.root / "quarantine.jsonl").open()]
    assert [(row["line"], row["kept"]) for row in aside] == [
        (len(before) + 1, f"{table}.jsonl:1"),
        (len(before) + 2, f"{table}.jsonl:1"),
    ]
    assert {row["reason"].split(",")[0] for row in aside} == {"stands again with other content"}
    assert corpus.info.quarantine[0]["rows"] == corpus.info.quarantined == 2


@pytest.mark.parametrize(
    "other",
    [
        {"url": "https://a.jp/b"},
        {"firm_id": "B"},
        {"lang": "en"},
        {"kind": "main_products", "text": "弁"},
        {"kind": None},
    ],
)
def test_other_pages_are_kept(source, other):
    assert read(source(pages=[PAGE, {**PAGE, **other}])).info.counts["pages"] == 2


def test_pages_without_an_address_are_told_apart_by_their_text(source):
    page = {**PAGE, "url": None}
    corpus = read(source(pages=[page, {**page, "text": "弁"}, page]))
    assert corpus.table("pages")["text"].to_pylist() == ["ポンプ", "弁"]
    assert corpus.info.quarantined == 0


def test_parts_of_one_document_share_its_address(source):
    parts = [{**PAGE, "kind": "sec_10k_item_1", "text": text} for text in ("1", "2", "2")]
    corpus = read(source(pages=[PAGE, *parts]))
    assert corpus.table("pages")["text"].to_pylist() == ["ポンプ", "1", "2"]
    assert read(source(pages=[PAGE, *parts]), split_kinds=[]).info.counts["pages"] == 2


def test_a_folder_of_json_lines_is_read_by_the_same_rule(source, tmp_path):
    folder = source(patents=[PATENT] * 3)
    corpus = open_or_ingest(folder, tmp_path / "cache", *CODES)
    assert corpus.info.counts["patents"] == 1
    assert corpus.info.read_otherwise[0]["reason"] == SAME


def test_any_reader_is_held_to_it(tmp_path):
    class TwoFiles:
        source = "two files"

        def rows(self, table):
            given = {"firms": FIRMS, "pages": [PAGE], "patents": []}[table]
            for file in ("one", "two"):
                for row in given:
                    yield SourceRow(file, 1, row)

    corpus = ingest_source(TwoFiles(), tmp_path / "out", RowCheck(*CODES))
    assert corpus.info.counts == {"firms": 2, "pages": 1, "patents": 0}


@given(st.lists(st.tuples(st.sampled_from("PQ"), st.sampled_from(["A", "B", None]), st.sampled_from("xyz"))))
def test_as_a_dictionary_of_whole_rows_would_tell(rows):
    seen, first = SeenRows("patents"), {}
    for line, (patent, firm, title) in enumerate(rows, start=1):
        row = {name: None for name in TABLES["patents"].names}
        row |= {"patent_id": patent, "firm_id": firm, "language": "ja", "title": title}
        known = first.setdefault((patent, firm), (title, line))
        expected = None if known[1] == line else (known[0] == title, f"f:{known[1]}")
        assert seen.add(row, "f", line) == expected
