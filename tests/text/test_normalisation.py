"""The same words are read however a page writes them, in every language, dictionary and table of vectors."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.lexicons.lexicon import read_lexicon, read_muse
from ipml.settings import Lexicon
from ipml.text.embeddings.table import VectorTable
from ipml.text.normalisation import NORMALISATION, normalise, normalise_all
from ipml.text.tokenizers import Tokenizer, make_tokenizer

TEXTS = {
    "latin": "Oil-free scroll compressors and café equipment",
    "whitespace": "oil free ポンプ café",
    "jieba": "公司生产scroll压缩机和水泵café",
    "sudachi": "当社はオイルフリーのポンプとscroll圧縮機を製造しています",
}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
HALF_WIDTH_KANA = {"ポンプ": "ﾎﾟﾝﾌﾟ", "オイルフリー": "ｵｲﾙﾌﾘｰ"}


def between(mark: str, text: str) -> str:
    """Put a mark between all letters of each word."""
    return " ".join(mark.join(word) for word in text.split(" "))


def half_width(text: str) -> str:
    for full, half in HALF_WIDTH_KANA.items():
        text = text.replace(full, half)
    return text


WRITTEN = {
    "full-width letters": lambda text: text.translate(FULL_WIDTH),
    "half-width katakana": half_width,
    "soft hyphens": lambda text: between("\u00ad", text),
    "zero-width spaces": lambda text: between("\u200b", text),
    "word joiners": lambda text: between("\u2060", text),
    "joiners": lambda text: between("\u200d", text),
    "variation selectors": lambda text: between("\ufe00", text),
    "decomposed accents": lambda text: unicodedata.normalize("NFD", text),
    "marks of direction": lambda text: f"\u202a{text}\u202c\u200e",
    "byte order mark": lambda text: f"\ufeff{text}",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "line separators": lambda text: text.replace(" ", "\u2028"),
    "next lines": lambda text: text.replace(" ", "\u0085"),
    "hyphens that do not break": lambda text: text.replace("-", "\u2011"),
    "Kangxi radicals": lambda text: text.replace("生", "⽣").replace("水", "⽔"),
}


def tokenizer_of(kind: str) -> Tokenizer:
    if kind in ("sudachi", "jieba"):
        pytest.importorskip({"sudachi": "sudachipy", "jieba": "jieba"}[kind])
    return make_tokenizer({"kind": kind})


@pytest.mark.parametrize("kind", TEXTS)
def test_a_tokenizer_reads_the_same_words_however_they_are_written(kind):
    tokenizer = tokenizer_of(kind)
    (plain,) = tokenizer.tokenize([TEXTS[kind]])
    assert len(plain) > 3
    for name, write in WRITTEN.items():
        assert list(tokenizer.tokenize([write(TEXTS[kind])])) == [plain], name


@pytest.mark.parametrize("kind", TEXTS)
def test_the_fingerprint_of_a_tokenizer_names_the_normalisation(kind):
    assert tokenizer_of(kind).fingerprint.endswith(f" {NORMALISATION}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ﬁlter ﬂow", "filter flow"),
        ("㈱ｱｲｳ ①", "(株)アイウ 1"),
        ("⻑期 ⺠間 ⻘色", "長期 民間 青色"),
        ("葛\U000e0100城", "葛城"),
        ("one\u2029two\x0bthree", "one two three"),
        ("ポ ン プ", "ポ ン プ"),
    ],
)
def test_what_is_meant(written, meant):
    assert normalise(written) == meant


@given(st.text())
def test_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_forms_of_unicode_are_one(text, form):
    assert normalise(unicodedata.normalize(form, text)) == normalise(normalise(text))


@given(st.lists(st.text()))
def test_words_together_are_as_one_by_one(words):
    assert normalise_all(words) == [normalise(word) for word in words]


def test_plain_ascii_stays_the_same_object():
    text = "plain text\twith\r\nlines"
    assert normalise(text) is text


def test_words_of_vectors_are_found_however_they_are_written():
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    table = VectorTable(["ｐｕｍｐ", "ﾎﾟﾝﾌﾟ", "pump", "valve"], vectors, "f")
    assert table.words == ["pump", "ポンプ", "valve"]
    known, found = table.select(["pump", "ポンプ", "ﾎﾟﾝﾌﾟ", "pu\u00admp", "valve", "none"])
    assert known.tolist() == [True, True, True, True, True, False]
    # Of two words that are the same, the first, which is the more frequent.
    assert found.tolist() == [[0, 1], [2, 3], [2, 3], [0, 1], [6, 7]]


def test_pairs_of_a_dictionary_are_read_however_they_are_written(tmp_path):
    file = tmp_path / "dictionary.tsv"
    file.write_text("ﾎﾟﾝﾌﾟ\tpump\nポンプ\tｐｕｍｐ\nフィルタ\tﬁlter\n", encoding="utf-8")
    assert read_lexicon(file).pairs == (("ポンプ", "pump"), ("フィルタ", "filter"))
    assert read_muse(file).pairs == (("ポンプ", "pump"), ("フィルタ", "filter"))


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ('"ポンプ"\t"pump"', ("ポンプ", "pump")),
        ('"ポンプ"\tpump', ("ポンプ", "pump")),
        ('"say ""hi"""\thi', ('say "hi"', "hi")),
        ('"\tquote', ('"', "quote")),
        ('""\tquotes', ('""', "quotes")),
        ('5"\tinch', ('5"', "inch")),
    ],
)
def test_columns_in_quotes(tmp_path, line, pair):
    file = tmp_path / "dictionary.tsv"
    file.write_text(f"{line}\n犬\tdog\n", encoding="utf-8")
    assert read_lexicon(file).pairs == (pair, ("犬", "dog"))
    ranked = tmp_path / "ranked.tsv"
    ranked.write_text(f'{line}\t"2"\n犬\tdog\t1\n', encoding="utf-8")
    assert read_lexicon(ranked, max_sense=1).pairs == (("犬", "dog"),)


def test_quotes_in_a_dictionary_of_words_with_a_blank_between(tmp_path):
    file = tmp_path / "muse.txt"
    file.write_text('"chien" "dog"\n', encoding="utf-8")
    assert read_muse(file).pairs == (("chien", "dog"),)


def test_a_word_of_a_package_is_in_one_part_however_it_is_written(monkeypatch):
    ranks = {("ﾎﾟﾝﾌﾟ", "pump"): 2, ("ポンプ", "pump"): 1, ("ポンプ", "ｐｕｍｐ"): 3, ("犬", "dog"): 1}
    monkeypatch.setattr("ipml.alignment.lexicons.PACKAGES", {"jmdict": ("ja", lambda: ranks)})
    settings = Lexicon(kind="jmdict", train=[0, 1000], test=None, max_sense=1)
    assert open_lexicon(settings, "train", "ja").pairs == (("ポンプ", "pump"), ("犬", "dog"))
