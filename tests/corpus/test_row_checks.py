"""What a row of a corpus must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.corpus.row_checks import RowCheck, names_of
from ipml.corpus.schema import TABLES

FIRM = {"firm_id": "JP-1", "country": "JP"}
PAGE = {"firm_id": "JP-1", "language": "ja", "text": "ポンプ"}
PATENT = {"patent_id": "P1", "firm_id": "JP-1", "language": "ja"}


@pytest.fixture
def check():
    check = RowCheck(["JP", "US", "CN"], ["high_growth", "established", "multinational"])
    assert check.check("firms", FIRM).fault == ""
    return check


@pytest.mark.parametrize(
    ("table", "row", "fault"),
    [
        ("firms", {**FIRM, "firm_id": None}, "firm_id is missing"),
        ("firms", {**FIRM, "firm_id": ""}, "firm_id is missing"),
        ("firms", {"country": "JP"}, "firm_id is missing"),
        (
            "firms",
            {**FIRM, "firm_id": 1301.5},
            "firm_id is a number that is not whole, or too large to be exact, not text",
        ),
        ("firms", {**FIRM, "firm_id": ["G", "H"]}, "firm_id is a list, not text"),
        ("firms", {**FIRM, "firm_id": " \u200b\u3000"}, "firm_id is text that nobody can see"),
        ("firms", {**FIRM, "firm_id": "a\ud800"}, "firm_id is text with a character that no file can hold"),
        (
            "firms",
            {**FIRM, "firm_id": "a\nb"},
            "firm_id is text with a control character, as a line end, in it",
        ),
        (
            "firms",
            {**FIRM, "firm_id": "a\x1b[31mb"},
            "firm_id is text with a control character, as a line end, in it",
        ),
        ("firms", {**FIRM, "country": 392}, "country is a number, not text"),
        ("firms", {**FIRM, "firm_id": True}, "firm_id is true or false, not text"),
        ("firms", {**FIRM, "country": None}, "country is missing"),
        (
            "firms",
            {**FIRM, "country": "Japan"},
            "country is Japan, not one of JP, US, CN; another one needs a file conf/country/NAME.yaml",
        ),
        (
            "firms",
            {**FIRM, "firm_type": "startup"},
            "firm_type is startup, not one of high_growth, established, multinational; another one needs a file "
            "conf/firm_type/NAME.yaml",
        ),
        (
            "firms",
            {**FIRM, "has_patent": "maybe"},
            "has_patent is maybe, not true or false (nor true, yes, 1, 1.0, false, no, 0, 0.0)",
        ),
        ("firms", {**FIRM, "has_patent": 2}, "has_patent is a number, not true or false"),
        ("firms", {**FIRM, "has_patent": [True]}, "has_patent is a list, not true or false"),
        ("firms", {**FIRM, "name": ["a", 1]}, "name is a list, not text"),
        ("firms", {**FIRM, "name": {"en": "a"}}, "name is an object, not text"),
        ("pages", {**PAGE, "text": None}, "text is missing"),
        ("pages", {"firm_id": "JP-1", "language": "ja"}, "text is missing"),
        ("pages", {**PAGE, "text": 3.5}, "text is a number, not text"),
        ("pages", {**PAGE, "language": None}, "language is missing"),
        ("pages", {**PAGE, "language": ""}, "language is missing"),
        (
            "pages",
            {**PAGE, "language": "en, ja"},
            "language is en, ja, not a language's code or tag, as ja, ja-JP or jpn",
        ),
        ("pages", {**PAGE, "lang": "en"}, "language and lang have different values"),
        ("pages", {**PAGE, "lang": 5}, "lang is a number, not text"),
        ("patents", {**PATENT, "claim": "a", "claim_1": "b"}, "claim and claim_1 have different values"),
        ("patents", {**PATENT, "ipc": ["F16K", 3]}, "ipc is a list with an entry that is a number, not text"),
        (
            "patents",
            {**PATENT, "date": 1706659200},
            "date is a number that is neither a year nor a day, as 20250702",
        ),
        ("pages", {**PAGE, "firm_id": "JP-2"}, "firm_id is not among the firms"),
        ("pages", {**PAGE, "firm_id": None}, "firm_id is missing"),
        ("patents", {**PATENT, "firm_id": "JP-2"}, "firm_id is not among the firms"),
        ("patents", {**PATENT, "patent_id": None}, "patent_id is missing"),
    ],
)
def test_faults(check, table, row, fault):
    assert check.check(table, row).fault == fault


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
    assert check.check(table, row).fault == ""


def test_a_firm_set_aside_is_not_among_the_firms(check):
    check.check("firms", {**FIRM, "firm_id": "JP-9", "country": "XX"})
    assert check.check("pages", {**PAGE, "firm_id": "JP-9"}).fault == "firm_id is not among the firms"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["JP-1", " JP-1", "JP", "ja", "en-US", "established", "\ud800", "yes", "0"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)
ROWS = st.sampled_from(sorted(TABLES)).flatmap(
    lambda table: st.tuples(
        st.just(table),
        st.dictionaries(
            st.sampled_from([name for column in TABLES[table].names for name in names_of(column)]), VALUES
        ),
    )
)


@given(ROWS)
def test_whatever_stands_in_a_row_it_is_read_whole_or_set_aside(given_row):
    table, columns = given_row
    check = RowCheck(["JP"], ["established"])
    check.check("firms", FIRM)
    start = {"firms": FIRM, "pages": PAGE, "patents": PATENT}[table]
    row = check.check(table, {**start, **columns})
    if row.fault:
        return
    assert list(row.columns) == TABLES[table].names
    for column in TABLES[table]:
        value = row.columns[column.name]
        assert value is None or isinstance(value, bool if column.name == "has_patent" else str)
        assert value is not None or column.nullable
        str(value).encode()  # no lone surrogates
    again = check.check(table, row.columns)
    assert (again.columns, again.fault, again.remarks) == (row.columns, "", [])
