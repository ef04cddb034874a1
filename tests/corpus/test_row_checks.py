"""What a row of a corpus must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.corpus.row_checks import RowCheck, well_formed

FIRM = {"firm_id": "JP-1", "country": "JP"}
PAGE = {"firm_id": "JP-1", "language": "ja", "text": "ポンプ"}
PATENT = {"patent_id": "P1", "firm_id": "JP-1", "language": "ja"}


@pytest.fixture
def check():
    check = RowCheck(["JP", "US", "CN"], ["high_growth", "established", "multinational"])
    assert check.check("firms", FIRM)[1] == ""
    return check


@pytest.mark.parametrize(
    ("table", "row", "fault"),
    [
        ("firms", {**FIRM, "firm_id": None}, "firm_id is missing"),
        ("firms", {**FIRM, "firm_id": ""}, "firm_id is missing"),
        ("firms", {"country": "JP"}, "firm_id is missing"),
        ("firms", {**FIRM, "firm_id": 1301}, "firm_id is a number, not text"),
        ("firms", {**FIRM, "firm_id": True}, "firm_id is true or false, not text"),
        ("firms", {**FIRM, "country": None}, "country is missing"),
        (
            "firms",
            {**FIRM, "country": "Japan"},
            "country is not one of JP, US, CN; another one needs a file conf/country/NAME.yaml",
        ),
        (
            "firms",
            {**FIRM, "firm_type": "startup"},
            "firm_type is not one of high_growth, established, multinational; another one needs a file "
            "conf/firm_type/NAME.yaml",
        ),
        ("firms", {**FIRM, "has_patent": "yes"}, "has_patent is text, not true or false"),
        ("firms", {**FIRM, "has_patent": 1}, "has_patent is a number, not true or false"),
        ("firms", {**FIRM, "name": ["a", 1]}, "name is a list, not text"),
        ("firms", {**FIRM, "name": {"en": "a"}}, "name is an object, not text"),
        ("pages", {**PAGE, "text": None}, "text is missing"),
        ("pages", {"firm_id": "JP-1", "language": "ja"}, "text is missing"),
        ("pages", {**PAGE, "text": 3.5}, "text is a number, not text"),
        ("pages", {**PAGE, "language": None}, "language is missing"),
        ("pages", {**PAGE, "firm_id": "JP-2"}, "firm_id is not among the firms"),
        ("pages", {**PAGE, "firm_id": None}, "firm_id is missing"),
        ("patents", {**PATENT, "firm_id": "JP-2"}, "firm_id is not among the firms"),
        ("patents", {**PATENT, "patent_id": None}, "patent_id is missing"),
    ],
)
def test_faults(check, table, row, fault):
    assert check.check(table, row)[1] == fault


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("firms", {**FIRM, "firm_id": "JP-2", "firm_type": None, "has_patent": None, "employees": 3}),
        ("firms", {**FIRM, "firm_id": "JP-3", "firm_type": "multinational", "has_patent": False}),
        ("pages", {**PAGE, "text": ""}),  # kept: how many pages a firm has is data too
        ("pages", {**PAGE, "language": "ko", "url": None}),
        ("patents", {**PATENT, "firm_id": None}),  # of a firm outside the list
    ],
)
def test_rows_that_are_good(check, table, row):
    assert check.check(table, row)[1] == ""


def test_a_firm_set_aside_is_not_among_the_firms(check):
    check.check("firms", {**FIRM, "firm_id": "JP-9", "country": "XX"})
    assert check.check("pages", {**PAGE, "firm_id": "JP-9"})[1] == "firm_id is not among the firms"


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
