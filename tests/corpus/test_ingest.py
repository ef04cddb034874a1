"""From a folder of JSON lines to a corpus: good rows in, bad rows aside, and what stops the job."""

import gzip
import json
import tracemalloc

import pytest

from ipml.cli import main
from ipml.config import compose_settings
from ipml.corpus import cells
from ipml.corpus import ingest as ingest_module
from ipml.corpus.ingest import ingest, ingest_source, open_or_ingest
from ipml.corpus.readers import JsonLines, open_reader
from ipml.corpus.row_checks import RowCheck
from ipml.errors import InputError

N = 100  # firms
CODES = ["JP", "US"], ["established"]


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    ids = [f"JP-{number:03d}" for number in range(N)]
    write = {
        "firms": [
            {"firm_id": i, "name": i, "country": "JP", "firm_type": "established", "extra": 1} for i in ids
        ],
        "pages": [{"firm_id": i, "lang": "ja", "kind": "web_page", "text": f"ポンプ {i}"} for i in ids],
        "patents": [
            {
                "patent_id": f"P{i}",
                "firm_id": i,
                "lang": "ja",
                "title": "弁",
                "claim_1": "c",
                "ipc": ["F04B", "F16K"],
            }
            for i in ids
        ],
    }
    for table, rows in write.items():
        (folder / f"{table}.jsonl").write_text(lines(rows), encoding="utf-8")
    return folder


def append(source, table, data):
    with (source / f"{table}.jsonl").open("ab") as stream:
        stream.write(data if isinstance(data, bytes) else data.encode())


def read(source, root, threshold=0.05):
    return ingest_source(JsonLines(source), root, RowCheck(*CODES), threshold)


def test_rows_arrive_under_the_names_of_a_corpus(source, tmp_path):
    corpus = read(source, tmp_path / "out")
    assert corpus.info.counts == {"firms": N, "pages": N, "patents": N}
    assert corpus.info.quarantined == 0
    assert (tmp_path / "out" / "quarantine.jsonl").read_text() == ""
    page = corpus.table("pages").to_pylist()[0]
    assert (page["language"], page["text"]) == ("ja", "ポンプ JP-000")
    patent = corpus.table("patents").to_pylist()[3]
    assert (patent["language"], patent["claim"], patent["ipc"]) == ("ja", "c", "F04B; F16K")


def test_compressed_and_plain_give_the_same_corpus(source, tmp_path):
    plain = read(source, tmp_path / "plain")
    for path in list(source.iterdir()):
        (source / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert read(source, tmp_path / "compressed").info.hash == plain.info.hash


def test_bom_blank_lines_and_windows_line_ends_change_nothing(source, tmp_path):
    plain = read(source, tmp_path / "plain")
    for path in source.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    assert read(source, tmp_path / "windows").info.hash == plain.info.hash


def test_bad_rows_go_to_quarantine_with_their_place_and_reason(source, tmp_path, capsys):
    append(source, "pages", 'not json\n{"firm_id": "JP-000"\n[1, 2]\n')
    append(source, "pages", b'{"firm_id": "JP-000", "lang": "ja", "text": "\xff\xfe"}\n')
    append(source, "pages", '\n{"firm_id": "JP-999", "lang": "ja", "text": "x"}')
    corpus = read(source, tmp_path / "out", threshold=0.06)
    assert corpus.info.counts["pages"] == N
    assert corpus.info.quarantined == 5
    kept = [json.loads(line) for line in (tmp_path / "out" / "quarantine.jsonl").open()]
    assert kept == [
        {"file": "pages.jsonl", "line": 101, "reason": "not JSON"},
        {"file": "pages.jsonl", "line": 102, "reason": "not JSON"},
        {"file": "pages.jsonl", "line": 103, "reason": "not a JSON object"},
        {"file": "pages.jsonl", "line": 104, "reason": "not UTF-8"},
        {"file": "pages.jsonl", "line": 106, "reason": "firm_id is not among the firms"},
    ]
    output = capsys.readouterr().out
    assert "not JSON" in output
    assert "firm_id is not among the firms" in output


@pytest.mark.parametrize(
    "row",
    [
        '{"a":' * 100_000,
        '{"firm_id": "JP-000", "lang": "ja", "text": ' + "9" * 5000 + "}",
        '{"firm_id": "JP-000", "lang": "ja", "text": NaN}',
        "\0" * 50,
    ],
)
def test_odd_json_goes_to_quarantine_too(source, tmp_path, row):
    append(source, "pages", row + "\n")
    assert read(source, tmp_path / "out").info.quarantined == 1


def test_untidy_texts_are_kept(source, tmp_path):
    texts = ["a\\ud800b", "a\\u0000c", "x" * 1_000_000, "שלום", "", "\\ufeffz"]
    for text in texts:
        append(source, "pages", f'{{"firm_id": "JP-000", "lang": "ja", "text": "{text}"}}\n')
    corpus = read(source, tmp_path / "out")
    assert corpus.info.quarantined == 0
    assert corpus.table("pages")["text"].to_pylist()[N:] == [
        "a\ufffdb", "a\ufffdc", "x" * 1_000_000, "שלום", "", "\ufeffz"
    ]  # fmt: skip


def test_rows_are_read_as_what_they_plainly_mean(tmp_path, capsys):
    source = tmp_path / "source"
    source.mkdir()
    firms = [
        f'{{"firm_id": {i}, "country": "JP", "firm_type": "", "has_patent": {i % 2}}}\n' for i in range(120)
    ]
    (source / "firms.jsonl").write_text("".join(firms))
    pages = [{"firm_id": f" {i}", "lang": ["ja-JP", "EN", "jpn"][i % 3], "text": f"p{i}"} for i in range(120)]
    (source / "pages.jsonl").write_text(lines(pages))
    patents = [{"patent_id": f"P{i}", "firm_id": float(i) if i else "", "lang": "zh_CN"} for i in range(120)]
    (source / "patents.jsonl").write_text(lines(patents))
    corpus = read(source, tmp_path / "out", threshold=0)
    assert corpus.info.counts == {"firms": 120, "pages": 120, "patents": 120}
    firms = corpus.firms()
    assert set(firms["firm_id"]) == {str(number) for number in range(120)}
    assert firms["firm_type"].isna().all()
    assert (firms["has_patent"] == firms["firm_id"].astype(int).mod(2).astype(bool)).all()
    assert set(corpus.table("pages")["firm_id"].to_pylist()) == set(firms["firm_id"])
    assert set(corpus.table("pages")["language"].to_pylist()) == {"ja", "en"}
    assert corpus.table("patents")["firm_id"].to_pylist()[:2] == [None, "1"]
    counts = {(entry["reason"], entry["file"]): entry["rows"] for entry in corpus.info.read_otherwise}
    number = "firm_id is a whole number: read as text"
    assert counts == {
        (number, "firms.jsonl"): 120,
        ("firm_type is empty text: read as null", "firms.jsonl"): 120,
        ("has_patent is 0 or 1: read as false or true", "firms.jsonl"): 120,
        (f"firm_id is {cells.SEEN}", "pages.jsonl"): 120,
        ("lang is another tag, code or name: read as ja", "pages.jsonl"): 80,
        ("lang is another tag, code or name: read as en", "pages.jsonl"): 40,
        ("firm_id is empty text: read as null", "patents.jsonl"): 1,
        (number, "patents.jsonl"): 119,
        ("lang is another tag, code or name: read as zh", "patents.jsonl"): 120,
    }
    said = " ".join(capsys.readouterr().out.split())
    assert "whole number: read as text" in said
    assert "patents.jsonl:2" in said


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            '{"firm_id": "JP-000", "lang": "ja", "text": "a", "text": "b"}',
            "the key text stands twice, with two values",
        ),
        (
            '{"firm_id": "JP-000", "lang": "ja", "language": "en", "text": "a"}',
            "language and lang have different values",
        ),
        ('{"firm_id": ["JP-000", "JP-001"], "lang": "ja", "text": "a"}', "firm_id is a list, not text"),
        ('{"firm_id": 12E4, "lang": "ja", "text": "a"}', "firm_id is a number with an exponent"),
        ('{"firm_id": Infinity, "lang": "ja", "text": "a"}', "firm_id is a number that is not whole"),
        ('{"firm_id": true, "lang": "ja", "text": "a"}', "firm_id is true or false, not text"),
        ('{"firm_id": "\\u200b", "lang": "ja", "text": "a"}', "firm_id is text that nobody can see"),
        ("[" * 100_000, "not JSON: nested too deep"),
    ],
)
def test_rows_that_say_two_things_are_set_aside(source, tmp_path, row, reason):
    append(source, "pages", row + "\n")
    corpus = read(source, tmp_path / "out")
    assert corpus.info.counts["pages"] == N
    (entry,) = corpus.info.quarantine
    assert entry["reason"].startswith(reason)
    assert (entry["file"], entry["rows"], entry["first"]) == ("pages.jsonl", 1, "pages.jsonl:101")


@pytest.mark.parametrize(
    "row",
    [
        '{"firm_id": "JP-000", "lang": "ja", "lang": "ja", "text": "a"}',
        '{"firm_id": "JP-000", "lang": "ja-JP", "language": "ja", "text": "a"}',
        '{"firm_id": "JP-000", "lang": null, "language": "ja", "text": "a"}',
        '{"firm_id": "JP-000", "lang": "ja", "text": "a", "other": {"b": 1, "b": 1}, "number": 1e999}',
    ],
)
def test_rows_that_say_one_thing_twice_are_kept(source, tmp_path, row):
    append(source, "pages", row + "\n")
    corpus = read(source, tmp_path / "out")
    assert corpus.table("pages")["language"].to_pylist()[N:] == ["ja"]


def test_columns_that_are_left_out_are_named(source, tmp_path, capsys):
    append(
        source, "firms", '{"firm_id": "JP-X", "country": "JP", "Has_Patent": true, "\\u001b[31m[red]": 1}\n'
    )
    read(source, tmp_path / "out")
    said = capsys.readouterr().out
    assert "firms: columns that no corpus has, left out: extra, Has_Patent, \ufffd[31m[red]" in said


def test_few_of_many_columns_are_named(source, tmp_path, capsys):
    append(
        source, "firms", json.dumps({"firm_id": "JP-X", "country": "JP", **{f"c{i}": 1 for i in range(9999)}})
    )
    read(source, tmp_path / "out")
    said = capsys.readouterr().out
    assert "c58, …" in said
    assert len(said) < 6000


def test_a_column_of_another_name_is_named_before_the_job_fails(source, tmp_path, capsys):
    firms = [{"Firm_ID": f"JP-{number:03d}", "country": "JP"} for number in range(N)]
    (source / "firms.jsonl").write_text(lines(firms))
    with pytest.raises(InputError, match="firm_id is missing"):
        read(source, tmp_path / "out")
    assert "left out: Firm_ID" in capsys.readouterr().out


def test_a_file_of_bad_rows_is_not_held_in_memory(source, tmp_path):
    append(source, "pages", "x\n" * 100_000)
    tracemalloc.start()
    with pytest.raises(InputError, match="100,000 of 100,100"):
        read(source, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6
    assert sum(1 for _ in (tmp_path / "out.quarantine.jsonl").open()) == 100_000


def test_every_reason_is_printed_before_the_job_fails(source, tmp_path, capsys):
    append(source, "pages", "not json\n" * 9 + '{"firm_id": "JP-999", "lang": "ja", "text": "x"}\n')
    with pytest.raises(InputError):
        read(source, tmp_path / "out")
    said = capsys.readouterr().out
    assert all(
        part in said for part in ("not JSON", "pages.jsonl:101", "not among the firms", "pages.jsonl:110")
    )


def test_too_many_bad_rows_stop_the_job_and_say_which(source, tmp_path):
    append(source, "pages", "not json\n" * 6)
    with pytest.raises(InputError) as error:
        read(source, tmp_path / "out")
    message = str(error.value)
    report = tmp_path / "out.quarantine.jsonl"
    for part in (
        "pages.jsonl",
        "6 of 106",
        "quarantine.threshold=0.05",
        "not JSON",
        "pages.jsonl:101",
        str(report),
    ):
        assert part in message
    assert len(report.read_text().splitlines()) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.quarantine.jsonl", "source"]
    assert read(source, tmp_path / "out", threshold=0.06).info.quarantined == 6
    assert not report.exists()


def test_a_file_that_is_exactly_at_the_threshold_passes(source, tmp_path):
    rows = (source / "pages.jsonl").read_text().splitlines()
    (source / "pages.jsonl").write_text("\n".join(rows[:95]) + "\nx" * 5)
    assert read(source, tmp_path / "out").info.quarantined == 5


@pytest.mark.parametrize("threshold", [-0.1, 1.5])
def test_a_threshold_that_is_no_share(threshold):
    with pytest.raises(InputError, match=r"quarantine\.threshold="):
        compose_settings("ingest", ["source.root=a", "data.root=b", f"quarantine.threshold={threshold}"])


@pytest.mark.parametrize("day", ["yesterday", "2025-7-2", "2025-13-01", "02.07.2025"])
def test_a_day_of_the_snapshot_that_is_none(day):
    with pytest.raises(InputError, match=rf"source\.as_of={day}: .*as 2025-07-02"):
        compose_settings("ingest", ["source.root=a", "data.root=b", f"source.as_of={day}"])


@pytest.mark.parametrize("table", ["firms", "pages", "patents"])
@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file_is_a_mistake(source, tmp_path, table, content):
    (source / f"{table}.jsonl").write_text(content)
    with pytest.raises(InputError, match=rf"{table}\.jsonl: has no rows"):
        read(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("damage", [lambda data: data[:-30], lambda data: data[:200] + b"zz" + data[202:]])
def test_a_broken_gzip_is_named_and_leaves_nothing(source, tmp_path, damage):
    path = source / "pages.jsonl"
    (source / "pages.jsonl.gz").write_bytes(damage(gzip.compress(path.read_bytes())))
    path.unlink()
    with pytest.raises(InputError, match=r"pages\.jsonl\.gz: broken gzip after line \d+"):
        read(source, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_patents_may_be_missing_but_not_firms_or_pages(source, tmp_path, capsys):
    (source / "patents.jsonl").unlink()
    assert read(source, tmp_path / "out").info.counts["patents"] == 0
    assert "has no patents" in capsys.readouterr().out.replace("\n", " ")
    (source / "pages.jsonl").unlink()
    with pytest.raises(InputError, match=r"neither pages\.jsonl nor pages\.jsonl\.gz is there"):
        JsonLines(source)


def test_both_plain_and_compressed_is_ambiguous(source):
    (source / "pages.jsonl.gz").write_bytes(gzip.compress((source / "pages.jsonl").read_bytes()))
    with pytest.raises(InputError, match=r"both pages\.jsonl and pages\.jsonl\.gz; keep one"):
        JsonLines(source)


def test_a_folder_that_is_in_use_is_not_touched(source, tmp_path):
    (tmp_path / "empty").mkdir()
    assert read(source, tmp_path / "empty").info.counts["firms"] == N
    with pytest.raises(InputError, match=r"data\.root=.*empty: is there already"):
        read(source, tmp_path / "empty")


def test_a_reader_is_made_of_its_settings(source):
    settings = {"_target_": "ipml.corpus.readers.JsonLines", "root": str(source), "as_of": "2025-07-02"}
    assert isinstance(open_reader(settings), JsonLines)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"_target_": "ipml.corpus.readers.JsonLines", "root": "/none"},
            r"source\.root=/none: no such folder",
        ),
        ({"_target_": "ipml.corpus.readers.NoReader"}, r"source\._target_=ipml\.corpus\.readers\.NoReader: "),
        (
            {"_target_": "ipml.corpus.readers.JsonLines", "encoding": "x"},
            r"source\.encoding: ipml\.corpus\.readers\.JsonLines takes no such argument",
        ),
        (
            {"_target_": "pathlib.Path"},
            r"source\._target_=pathlib\.Path: a reader is needed, with `source` and",
        ),
    ],
)
def test_wrong_sources(settings, said):
    with pytest.raises(InputError, match=said) as caught:
        open_reader(settings)
    assert "\n" not in str(caught.value)


def test_another_list_of_codes_reads_a_source_again(source, tmp_path):
    append(source, "firms", '{"firm_id": "KR-1", "country": "KR"}\n')
    without = open_or_ingest(source, tmp_path / "cache", *CODES)
    assert without.info.quarantined == 1
    assert open_or_ingest(source, tmp_path / "cache", ["JP", "KR"], ["established"]).info.quarantined == 0
    assert open_or_ingest(source, tmp_path / "cache", *CODES).info == without.info


def test_pages_are_not_all_held_in_memory(source, tmp_path):
    rows = [{"firm_id": "JP-000", "lang": "ja", "text": f"{number:04}" * 500} for number in range(8000)]
    append(source, "pages", lines(rows))
    del rows
    tracemalloc.start()
    corpus = read(source, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = (tmp_path / "out" / "pages.arrow").stat().st_size
    assert corpus.info.counts["pages"] == N + 8000
    assert peak < 0.8 * size


def test_open_or_ingest_reads_a_source_once(source, tmp_path, monkeypatch, capsys):
    first = open_or_ingest(source, tmp_path / "cache", *CODES)
    assert "reading it once" in " ".join(capsys.readouterr().out.split())
    monkeypatch.setattr(ingest_module, "ingest_source", None)  # a second reading would fail
    assert open_or_ingest(source, tmp_path / "cache", *CODES).info == first.info
    assert open_or_ingest(first.root, tmp_path / "cache", *CODES).info == first.info
    assert capsys.readouterr().out == ""


def test_open_or_ingest_reads_a_changed_source_again(source, tmp_path):
    first = open_or_ingest(source, tmp_path / "cache", *CODES)
    append(source, "pages", '{"firm_id": "JP-000", "lang": "en", "text": "pump"}\n')
    second = open_or_ingest(source, tmp_path / "cache", *CODES)
    assert second.info.hash != first.info.hash
    assert second.root != first.root


def test_open_or_ingest_of_something_else_says_what_it_looked_for(tmp_path):
    with pytest.raises(InputError) as error:
        open_or_ingest(tmp_path, tmp_path / "cache", *CODES)
    assert all(name in str(error.value) for name in ("corpus.json", "firms.jsonl", "firms.jsonl.gz"))
    with pytest.raises(InputError, match="no such folder"):
        open_or_ingest(tmp_path / "none", tmp_path / "cache", *CODES)


def test_the_command(source, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path))
    out = tmp_path / "out"
    assert (
        main(
            ["ingest", "source=jsonl", f"source.root={source}", f"data.root={out}", "source.as_of=2025-07-02"]
        )
        == 0
    )
    assert "established" in capsys.readouterr().out
    assert open_or_ingest(out, tmp_path, *CODES).info.as_of == "2025-07-02"
    assert main(["ingest", f"source.root={source}"]) == 2
    assert "data.root: a value is needed" in capsys.readouterr().err


def test_the_real_firms(shared, tmp_path):
    settings = compose_settings(
        "ingest", [f"source.root={shared / 'data' / 'firms'}", f"data.root={tmp_path / 'out'}"]
    )
    corpus = ingest(settings)
    assert corpus.info.counts == {"firms": 8427, "pages": 19125, "patents": 12526}
    assert corpus.info.quarantined == 0
    assert {(entry["file"], entry["rows"]) for entry in corpus.info.read_otherwise} == {
        ("firms.jsonl.gz", 1),  # an identifier with blanks behind it, here and in the pages
        ("pages.jsonl.gz", 1),
        ("pages.jsonl.gz", 7),  # parts of filings that stand twice
        ("patents.jsonl.gz", 4),  # titles without a letter
    }
    firms = corpus.firms("JP")
    assert firms["has_patent"].value_counts().to_dict() == {True: 1349, False: 1191}
    assert corpus.pages(firms["firm_id"], "ja", ["business_summary"]).num_rows == 1691
