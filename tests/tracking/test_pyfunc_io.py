"""The table that a served model takes: a row without an identifier is refused, a row without a text is not."""

import numpy as np
import pandas as pd
import pytest

from ipml.errors import InputError
from ipml.tracking.pyfunc_io import columns_of, text_table

PAGES = pd.DataFrame({"firm_id": ["a", "b"], "text": ["laser", None], "url": [1, 2]}, index=[5, 5])


def read(table):
    return text_table(table, ["firm_id", "text"], ["language"], keys=["firm_id"])


def test_a_missing_text_is_empty_and_other_columns_do_not_matter():
    table = read(PAGES)
    assert table.to_dict("list") == {"firm_id": ["a", "b"], "text": ["laser", ""]}
    assert table.index.tolist() == [0, 1]


def test_an_empty_table_is_one():
    table = read(PAGES.iloc[:0])
    assert (len(table), list(table.columns)) == (0, ["firm_id", "text"])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "", "  ", "\u3000"])
def test_a_row_without_an_identifier_is_named(missing):
    with pytest.raises(
        InputError, match=r"^input, column firm_id, row 2: missing or blank; each row needs one$"
    ):
        read(pd.DataFrame({"firm_id": ["a", missing], "text": ["laser", "silk"]}))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"firm_id": ["a"], "text": ["b"]}, "input of type dict: a table with firm_id, text is needed"),
        (PAGES.drop(columns="text"), "input: no column text; needed: firm_id, text"),
        (PAGES.rename(columns={"url": "firm_id"}), "input: 2 columns firm_id; needed: one"),
        (PAGES.rename(columns={"url": "text"}), "input: 2 columns text; needed: one"),
        (PAGES.assign(firm_id=[7, 8]), "input, column firm_id, row 1: 7 is not a text"),
        (PAGES.assign(firm_id=[7.0, np.nan]), r"input, column firm_id, row 1: 7\.0 is not a text"),
        (PAGES.assign(text=[["laser"], "b"]), r"input, column text, row 1: \['laser'\] is not a text"),
        (PAGES.assign(language=["en", 5]), "input, column language, row 2: 5 is not a text"),
    ],
)
def test_what_is_no_such_table_is_refused_in_one_line(table, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        read(table)


def test_columns_of_anything_are_taken_once_each():
    vectors = pd.DataFrame({"group": ["a"], "vector": [[1.0]]})
    assert columns_of(vectors, ["vector"])["vector"].tolist() == [[1.0]]
    with pytest.raises(InputError, match="input: 2 columns vector"):
        columns_of(vectors.set_axis(["vector", "vector"], axis=1), ["vector"])
