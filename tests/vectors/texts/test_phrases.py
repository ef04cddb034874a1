"""Texts cut into phrases and sentences in each language, own names taken out, long texts cut short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.text.normalisation import normalise
from ipml.vectors.texts.phrases import names_pattern, shortened, units, without_names


def cut(text, unit, limit=80):
    return list(units(normalise(text), unit, limit))


@pytest.mark.parametrize(
    ("text", "phrases", "sentences"),
    [
        (
            "半導体製造装置、液晶。ポンプ・モータの販売",
            ["半導体製造装置", "液晶", "ポンプ・モータの販売"],
            ["半導体製造装置、液晶", "ポンプ・モータの販売"],
        ),
        (
            "家用空调，商用空调；压缩机（旋转式）的研发。年产1,000台！",
            ["家用空调", "商用空调", "压缩机(旋转式)的研发", "年产1,000台"],
            ["家用空调，商用空调；压缩机(旋转式)的研发", "年产1,000台"],
        ),
        (
            "Oil-free pumps, valves; 2.5 kW motors. We make 3D/CAD tools\n• item one\n- item two",
            ["Oil-free pumps", "valves", "2.5 kW motors", "We make 3D/CAD tools", "item one", "item two"],
            ["Oil-free pumps, valves; 2.5 kW motors", "We make 3D/CAD tools", "item one", "item two"],
        ),
        ("电机．泵", ["电机", "泵"], ["电机", "泵"]),
        ("", [], []),
    ],
)
def test_a_text_is_cut_where_a_phrase_or_a_sentence_ends(text, phrases, sentences):
    assert cut(text, "phrase") == phrases
    assert cut(text, "sentence") == sentences


def test_what_has_no_marks_is_cut_at_blanks_or_else_at_the_limit():
    words = [f"word{number}" for number in range(40)]
    pieces = cut(" ".join(words), "phrase", 30)
    assert max(map(len, pieces)) <= 30
    assert " ".join(pieces).split() == words
    assert cut("电" * 65, "phrase", 30) == ["电" * 30, "电" * 30, "电" * 5]


@given(st.text(), st.sampled_from(["phrase", "sentence"]), st.integers(10, 60))
def test_pieces_are_short_and_hold_the_letters_in_order(text, unit, limit):
    text = normalise(text)
    pieces = list(units(text, unit, limit))
    assert all(0 < len(piece) <= limit for piece in pieces)

    def letters(part):
        return [character for character in part if character.isalnum()]

    assert letters("".join(pieces)) == letters(text)


@given(st.text(max_size=200), st.integers(10, 60))
def test_a_text_is_shortened_to_its_beginning(text, limit):
    found = shortened(text, limit)
    assert len(found) <= limit
    assert text.startswith(found)
    assert len(text) > limit or found == text


def test_a_long_text_ends_with_a_sentence_that_keeps_half_of_it():
    assert shortened("一种压缩机。包括外壳，转子和定子", 9) == "一种压缩机。"
    assert shortened("泵。一种压缩机包括外壳转子和定子", 9) == "泵。一种压缩机包括"[:9]
    assert shortened("A pump. It has 2.5 blades and more", 12) == "A pump. "[:7]


def test_names_are_taken_out_as_whole_words_where_words_have_blanks():
    names = names_pattern(["acme", "日立", "Acme Pump Co., Ltd.", "工", ""])
    assert without_names("ACME Pump Co., Ltd. sells acme-pumps to acmeists", names).split() == [
        "sells", "-pumps", "to", "acmeists",
    ]  # fmt: skip
    assert without_names("株式会社日立製作所の工具、Acme製", names).split() == [
        "株式会社",
        "製作所の工具、",
        "製",
    ]
    assert names_pattern(["", "工", " "]) is None
    assert without_names("as it is", None) == "as it is"
