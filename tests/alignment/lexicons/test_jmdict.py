"""JMdict as a database: which forms, senses and glosses are read."""

import gzip
import sqlite3

import pytest

from ipml.alignment.lexicons import jmdict, thousandth
from ipml.alignment.lexicons.jmdict import read_database, read_jmdict
from ipml.errors import InputError

KANA = "word usually written using kana alone"


@pytest.fixture
def read(tmp_path):
    """Read entries: (kanji with marks, kana with marks, senses: (marks, glosses))."""

    def read_entries(*entries):
        with sqlite3.connect(tmp_path / "d.db") as database:
            for table, columns in [
                ("Kanji", "ID INTEGER PRIMARY KEY, idseq, text"),
                ("Kana", "ID INTEGER PRIMARY KEY, idseq, text"),
                ("Sense", "ID INTEGER PRIMARY KEY, idseq"),
                ("KJP", "kid, text"),
                ("KNP", "kid, text"),
                ("misc", "sid, text"),
                ("SenseGloss", "sid, lang, text"),
            ]:
                database.execute(f"CREATE TABLE {table} ({columns})")
            for number, (kanji, kana, senses) in enumerate(entries):
                for table, priorities, forms in (("Kanji", "KJP", kanji), ("Kana", "KNP", kana)):
                    for text, mark in forms:
                        insert = f"INSERT INTO {table} (idseq, text) VALUES (?, ?)"  # noqa: S608
                        form = database.execute(insert, (number, text)).lastrowid
                        if mark:
                            database.execute(f"INSERT INTO {priorities} VALUES (?, ?)", (form, mark))  # noqa: S608
                for marks, glosses in senses:
                    sense = database.execute("INSERT INTO Sense (idseq) VALUES (?)", (number,)).lastrowid
                    database.executemany("INSERT INTO misc VALUES (?, ?)", [(sense, mark) for mark in marks])
                    rows = [
                        (sense, *(gloss if isinstance(gloss, tuple) else ("eng", gloss))) for gloss in glosses
                    ]
                    database.executemany("INSERT INTO SenseGloss VALUES (?, ?, ?)", rows)
        database.close()
        return read_database(tmp_path / "d.db")

    return read_entries


def forms(ranks):
    return sorted({source for source, _ in ranks})


def test_common_written_forms_else_the_first(read):
    dog = [([], ["dog"])]
    pairs = read(
        ([("犬", "ichi1"), ("狗", None), ("戌", "news2")], [("いぬ", "ichi1")], dog),
        ([("蛙", None), ("蝦", None)], [("かえる", None)], dog),
        ([], [("ポンプ", None), ("ポムプ", None)], dog),
        ([], [("アア", None), ("イイ", "gai1")], dog),
    )
    assert forms(pairs) == ["イイ", "ポンプ", "戌", "犬", "蛙"]


def test_kana_where_a_word_is_usually_written_so(read):
    there = [([], ["there"]), ([KANA], ["yonder"])]
    pairs = read(
        ([("彼処", "spec1"), ("彼所", None)], [("あそこ", "ichi1"), ("あすこ", None)], there),
        ([("其処", None)], [("そこ", None)], there),
    )
    assert forms(pairs) == ["あそこ", "そこ", "彼処"]


def test_ranks_marks_and_numbers_of_senses(read):
    senses = [
        (["archaism"], ["hound"]),
        ([], ["dog", "to (be a) spy", "man's friend", ("ger", "hund")]),
        (["slang"], ["loser"]),
        (["colloquialism"], ["dog", "mutt", "one", "two", "three", "four", "seventh"]),
        ([], ["fifth"]),
    ]
    pairs = read(([("犬", None)], [("いぬ", None)], senses))
    assert pairs == {("犬", word): rank for word, rank in [("dog", 2), ("spy", 2)]} | {
        ("犬", word): 4 for word in ("mutt", "one", "two", "three", "four")
    }


def test_forms_that_are_not_japanese_are_left_out(read):
    pairs = read(
        ([("ＡＴＭ", "gai1"), ("８月", "ichi1"), ("人々", "ichi1")], [("あ", None)], [([], ["people"])])
    )
    assert forms(pairs) == ["人々"]


def test_a_file_that_is_no_such_database(tmp_path):
    (tmp_path / "d.db").write_bytes(b"not a database" * 99)
    with pytest.raises(InputError, match=r"d\.db: not a database of jamdict-data") as error:
        read_database(tmp_path / "d.db")
    assert "\n" not in str(error.value)
    (tmp_path / "empty.db").touch()
    with pytest.raises(InputError, match="no such table"):
        read_database(tmp_path / "empty.db")


def test_a_package_without_its_database(tmp_path, monkeypatch):
    monkeypatch.setattr(jmdict, "package_folder", lambda *_: tmp_path)
    with pytest.raises(InputError, match=r"jamdict\.db: missing; install jamdict-data again"):
        read_jmdict()


def test_the_package_gives_the_shared_dictionary(shared):
    pytest.importorskip("jamdict_data")
    with gzip.open(shared / "data" / "lexicon" / "ja-en.train.tsv.gz", "rt", encoding="utf-8") as stream:
        expected = {tuple(line.split("\t")[:2]) for line in stream}
    ours = {pair for pair in read_jmdict() if thousandth(pair[0]) >= 420}
    assert len(ours & expected) > 0.999 * max(len(ours), len(expected))
