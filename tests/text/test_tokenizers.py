"""Tokenizers: what they cut, what they leave out, and texts that are not tidy."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import InputError
from ipml.text import kinds as packages
from ipml.text.tokenizers import Latin, make_tokenizer, pieces

UNTIDY = {
    "empty": "",
    "white space": " \r\n\t\u3000",
    "lone surrogate": "製造\ud800販売 pump",
    "NUL": "製造\0販売 pump",
    "BOM": "\ufeff製造 pump",
    "CRLF": "製造\r\n販売\r\npump",
    "right to left": "مضخة שאיבה pump",
    "ligature that grows": "\ufdfa" * 9000,
    "emoji": "👩‍🔬🏭" * 100,
}
OPTIONS = {
    "whitespace": {},
    "latin": {},
    "sudachi": {"mode": "C", "form": "normalized"},
    "jieba": {},
}


@pytest.fixture(scope="module")
def tokenizers():
    def get(kind):
        if kind in ("sudachi", "jieba"):
            pytest.importorskip({"sudachi": "sudachipy", "jieba": "jieba"}[kind])
        if kind not in made:
            made[kind] = make_tokenizer({"kind": kind, **OPTIONS[kind]})
        return made[kind]

    made = {}
    return get


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("text", UNTIDY.values(), ids=UNTIDY)
def test_untidy_text_gives_words_without_white_space(tokenizers, kind, text):
    (words,) = tokenizers(kind).tokenize([text])
    assert all(words)
    if kind != "sudachi":  # whose normalised forms of some symbols hold a space
        assert not any(re.search(r"\s", word) for word in words)
    if text.endswith("pump"):
        assert words[-1] in ("pump", "ポンプ")


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_megabyte_on_one_line(tokenizers, kind):
    (words,) = tokenizers(kind).tokenize(["半導体 pump " * 70_000])
    assert len(words) >= 140_000


@pytest.mark.parametrize("kind", OPTIONS)
def test_texts_stay_apart_and_in_order(tokenizers, kind):
    assert [len(words) > 0 for words in tokenizers(kind).tokenize(["pump", "", "valve"])] == [
        True,
        False,
        True,
    ]


def test_latin_keeps_hyphens_inside_words_only():
    assert next(Latin().tokenize(["State-of-the-art -pumps- Über_2x 3D I/O"])) == [
        "state-of-the-art",
        "pumps",
        "über",
        "x",
        "d",
        "i",
        "o",
    ]


def test_sudachi_normalises_spelling_and_leaves_marks_out(tokenizers):
    (words,) = tokenizers("sudachi").tokenize(["ポンプの製造、及び附属品の販売。"])
    assert words == ["ポンプ", "の", "製造", "及び", "付属", "品", "の", "販売"]


@pytest.mark.parametrize(
    ("mode", "form", "expected"),
    [
        ("A", "surface", ["選挙", "管理", "委員", "会", "に", "行っ", "た"]),
        ("B", "surface", ["選挙", "管理", "委員会", "に", "行っ", "た"]),
        ("C", "surface", ["選挙管理委員会", "に", "行っ", "た"]),
        ("C", "dictionary", ["選挙管理委員会", "に", "行く", "た"]),
    ],
)
def test_sudachi_modes_and_forms(mode, form, expected):
    pytest.importorskip("sudachipy")
    tokenizer = make_tokenizer({"kind": "sudachi", "mode": mode, "form": form})
    assert next(tokenizer.tokenize(["選挙管理委員会に行った"])) == expected


@pytest.mark.parametrize("form", ["surface", "normalized", "dictionary"])
def test_sudachi_cuts_numbers_alike_in_every_form(form):
    pytest.importorskip("sudachipy")
    tokenizer = make_tokenizer({"kind": "sudachi", "form": form})
    assert next(tokenizer.tokenize(["12.5%"])) == ["12.5", "%"]


def test_sudachi_cuts_a_long_text_at_its_full_stops(tokenizers):
    sentence = "半導体製造装置の開発と販売を行う。"
    (once,) = tokenizers("sudachi").tokenize([sentence])
    (often,) = tokenizers("sudachi").tokenize([sentence * 4000])
    assert often == once * 4000


def test_jieba_leaves_no_file_behind_and_stays_quiet(tmp_path, monkeypatch, capsys):
    pytest.importorskip("jieba")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tokenizer = make_tokenizer({"kind": "jieba"})
    assert next(tokenizer.tokenize(["石油与天然气勘探开发, LED。"])) == [
        "石油",
        "与",
        "天然气",
        "勘探",
        "开发",
        "led",
    ]
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")


def test_fingerprints_tell_options_and_versions_apart():
    pytest.importorskip("sudachipy")
    prints = {make_tokenizer({"kind": "sudachi", "mode": mode, "form": form}).fingerprint
              for mode in "ABC" for form in ("surface", "normalized", "dictionary")}  # fmt: skip
    assert len(prints) == 9
    assert all(
        re.fullmatch(r"sudachi-[ABC]-\w+-[\d.]+-core-\d+ nfkc-1", fingerprint) for fingerprint in prints
    )


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"kind": "mecab"}, ["tokenizer.kind=mecab", "sudachi"]),
        ({}, ["tokenizer.kind=None", "whitespace"]),
        ({"kind": "sudachi", "mode": "D"}, ["tokenizer.mode=D", "A, B, C"]),
        ({"kind": "sudachi", "form": "x"}, ["tokenizer.form=x", "normalized"]),
        ({"kind": "sudachi", "size": 1}, ["tokenizer.size=1", "mode, form"]),
        ({"kind": "latin", "lower": True}, ["tokenizer.lower=True", "none"]),
    ],
)
def test_a_wrong_setting_is_named(settings, parts):
    pytest.importorskip("sudachipy")
    with pytest.raises(InputError) as error:
        make_tokenizer(settings)
    assert all(part in str(error.value) for part in parts)


@pytest.mark.parametrize(("kind", "extra"), [("sudachi", "ja"), ("jieba", "zh")])
def test_a_missing_package_is_named_with_the_command(monkeypatch, kind, extra):
    def missing(name):
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "version", missing)
    with pytest.raises(
        InputError, match=rf"^tokenizer {kind} needs a package: pip install 'ipml\[{extra}\]'$"
    ):
        make_tokenizer({"kind": kind})


@given(st.text(alphabet="ab。\n!", max_size=60), st.integers(1, 10))
def test_pieces_are_the_text_and_fit(text, limit):
    cut = list(pieces(text, limit))
    assert "".join(cut) == text
    assert all(len(piece) <= limit for piece in cut)


@given(st.lists(st.sampled_from(["短い文。", "もう少し長い文です。\n"]), max_size=20))
def test_pieces_end_where_sentences_do(sentences):
    assert all(piece.endswith(("。", "\n")) for piece in pieces("".join(sentences), 15) if piece)
