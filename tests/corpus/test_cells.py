"""What a value of a source plainly means."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.corpus.cells import Column, Exponent, read_cell, well_formed
from ipml.corpus.schema import TABLES

LANGUAGES = {"en": "en", "eng": "en", "english": "en", "ja": "ja", "jpn": "ja", "zh": "zh", "zho": "zh"}
FIELDS = {
    column.name: Column(column.name, column.nullable, column.name == "has_patent")
    for schema in TABLES.values()
    for column in schema
}
NUMBER, EMPTY = "a whole number: read as text", "empty text: read as null"


def read(column, value):
    return read_cell(FIELDS[column], value, LANGUAGES)


@pytest.mark.parametrize("value", [1301, 1301.0, np.int64(1301), np.float64(1301)])
@pytest.mark.parametrize("column", ["firm_id", "patent_id", "industry", "corporate_group"])
def test_a_whole_number_is_an_identifier(column, value):
    assert read(column, value) == ("1301", NUMBER, "")


def test_whole_numbers_of_any_size_stay_exact():
    assert read("patent_id", 2**70 + 1).value == "1180591620717411303425"
    assert read("patent_id", 2.0**60).fault
    assert read("firm_id", 0).value == "0"


@pytest.mark.parametrize(
    "value", [True, False, np.True_, 1.5, math.inf, -math.inf, Exponent("12E4"), ["G", "H"], ["G"], {"id": 1}]
)
def test_what_is_not_plainly_an_identifier_is_refused(value):
    for column in ("firm_id", "patent_id", "corporate_group"):
        assert read(column, value).fault


@pytest.mark.parametrize("column", ["text", "title", "abstract", "claim", "url", "kind", "firm_type"])
def test_a_number_is_no_text_to_read(column):
    assert read(column, 404).fault == "a number, not text"


@pytest.mark.parametrize(("value", "date"), [(2024, "2024"), (20240131, "20240131"), (2024.0, "2024")])
def test_a_number_that_is_a_day_or_a_year_is_a_date(value, date):
    assert read("date", value).value == date
    assert read("date", 20241331).fault
    assert read("date", 1706659200000).fault  # milliseconds since 1970, as data frames are written


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        (True, True), (1, True), (0, False), (1.0, True), (0.0, False), ("1", True), ("0", False), ("0.0", False),
        ("yes", True), ("No", False), (" TRUE ", True), ("false", False), (np.False_, False), (np.int64(1), True),
    ],
)  # fmt: skip
def test_flags_that_are_plain(value, flag):
    cell = read("has_patent", value)
    assert cell.value is flag
    assert bool(cell.remark) != isinstance(value, bool | np.bool_)


@pytest.mark.parametrize("value", [2, -1, 0.5, "y", "t", "はい", "unknown", "10", [1], {}])
def test_flags_that_are_not(value):
    assert "not true or false" in read("has_patent", value).fault


@pytest.mark.parametrize("value", ["", " ", "\t\r\n", "\u3000", "\u200b\ufeff", "\u2800\u3164"])
@pytest.mark.parametrize("column", [name for name, column in FIELDS.items() if column.nullable])
def test_text_without_a_visible_character_is_null_where_null_may_stand(column, value):
    assert read(column, value) == (None, EMPTY, "")


@pytest.mark.parametrize("column", FIELDS)
def test_nan_is_null(column):
    assert read(column, math.nan).value is None
    assert read(column, math.nan).remark == "NaN: read as null"


def test_the_text_of_a_page_is_left_as_it_is():
    for text in ("", " ", " ポンプ\u200b\n", "e\u0301"):
        assert read("text", text) == (text, "", "")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        (" A", "A"),
        ("A\n", "A"),
        ("\u3000A\u00a0", "A"),
        ("A\u200b", "A"),
        ("\ufeffA", "A"),
        ("A\u00adB", "AB"),
        ("A\ufe0f", "A"),
        ("ハ\u309a", "パ"),  # as file systems write it
        ("A B", "A B"),
        ("Ａ", "Ａ"),  # whoever looks sees another letter
    ],
)
def test_identifiers_differ_only_in_what_can_be_seen(text, identifier):
    for column in ("firm_id", "patent_id", "corporate_group"):
        cell = read(column, text)
        assert cell.value == identifier
        assert bool(cell.remark) == (text != identifier)


@given(st.text(max_size=8))
def test_reading_an_identifier_twice_changes_nothing(text):
    once = read("firm_id", text)
    if once.value:
        assert read("firm_id", once.value) == (once.value, "", "")


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"), ("EN", "en"), ("en-US", "en"), ("eng", "en"), ("English", "en"), ("ja_JP", "ja"), ("jpn", "ja"),
        ("zh-Hant", "zh"), ("zh_CN", "zh"), ("zho-Hans-CN", "zh"), (" ja ", "ja"), ("ko", "ko"), ("KO-kr", "ko"),
        ("kor", "kor"),
    ],
)  # fmt: skip
def test_tags_are_read_as_their_language(tag, code):
    cell = read("language", tag)
    assert (cell.value, cell.fault) == (code, "")
    assert bool(cell.remark) == (tag != code)


def test_a_language_of_a_whole_tag_goes_before_that_of_its_first_part():
    languages = {**LANGUAGES, "zh-tw": "zh-TW"}
    assert read_cell(FIELDS["language"], "zh-tw", languages).value == "zh-TW"
    assert read_cell(FIELDS["language"], "zh-HK", languages).value == "zh"


@pytest.mark.parametrize("tag", ["en, ja", "en;q=0.9", "x", "Klingon", "日本", "en-", "en US"])
def test_what_is_no_tag_is_refused(tag):
    assert "not a language's code or tag" in read("language", tag).fault


def test_lists_of_texts_are_joined_where_a_column_may_have_several():
    assert read("ipc", ["F04B", "F16K"]) == ("F04B; F16K", "", "")
    assert read("brands", []).value is None
    assert read("brands", ["A", None, 7, 11.0]) == (
        "A; 7; 11",
        "a list with nulls or numbers: read without them, or as text",
        "",
    )
    assert read("ipc", [None, float("nan")]).value is None
    assert read("brands", ["A", ["B"]]).fault == "a list with an entry that is a list, not text"
    assert read("brands", [True]).fault == "a list with an entry that is true or false, not text"
    assert read("industry", ["a"]).fault == "a list, not text"


@given(st.text(max_size=20))
def test_well_formed_text_can_be_written_and_keeps_its_length(text):
    clean = well_formed(text)
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert "\0" not in clean
    if "\0" not in text:
        assert clean == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("é\udc00", "é\ufffd"),
        ("a\0b", "a\ufffdb"),
        ("\ufeffBOM", "\ufeffBOM"),
        ("👩‍🔬", "👩‍🔬"),
        ("\ud83d\udc69", "👩"),  # a pair that a careless program wrote as two characters
    ],
)
def test_what_no_file_can_hold_is_replaced(text, clean):
    assert well_formed(text) == clean
