"""Tables for people hold no formula."""

import ast
import io

import numpy as np
import pandas as pd
import pytest

from ipml.guards.spreadsheets import csv_text, harmless
from tests.conftest import REPOSITORY

FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+cmd",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    '=HYPERLINK("http://x","a,b")',
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_becomes_a_text(cell):
    assert harmless(cell) == f"'{cell}".replace("\r", "\n")
    frame = pd.DataFrame({"name": [cell], cell: ["a"], "kind": pd.Categorical([cell])})
    read = pd.read_csv(io.StringIO(csv_text(frame), newline=""), keep_default_na=False)
    assert len(read) == 1
    assert read["name"][0].startswith("'")
    assert read["kind"][0].startswith("'")
    assert not any(column.startswith(tuple("=+-@\t\r\n ")) for column in read.columns)


def test_no_row_begins_inside_a_cell():
    frame = pd.DataFrame({"a": ["x\r=cmd", "y\r\n=cmd", "z\n=cmd"], "b": [1, 2, 3]})
    text = csv_text(frame)
    assert "\r" not in text
    assert pd.read_csv(io.StringIO(text))["b"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "cell", ["装置", "a=b", "", "+", "-", "-0.5", "+3", "1e-3", "-.5e+10", 3, -2.5, None, True]
)
def test_numbers_and_other_texts_stay(cell):
    assert harmless(cell) is cell


def test_a_table_without_formulas_is_written_as_before():
    frame = pd.DataFrame(
        {"word": ["a,b", "装置", None], "n": [1, -2, 3], "v": [-0.5, np.nan, 1e-9], "ok": [True, False, True]}
    )
    assert csv_text(frame) == frame.to_csv(index=False, lineterminator="\n")
    assert frame["word"][0] == "a,b"


def test_no_other_place_writes_csv():
    """Loggers of Lightning write numbers alone."""
    writing = set()
    for path in sorted((REPOSITORY / "src").rglob("*.py")):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        if names & {"to_csv", "writer", "DictWriter", "write_csv", "to_excel"}:
            writing.add(path.name)
    assert writing == {"spreadsheets.py"}


def test_the_tables_of_runs_and_the_registry_are_harmless(workspace):
    frame = pd.DataFrame({"word": ["=cmd|x", "a"], "value": [-1.5, 2.0]})
    with workspace.start_run("keywords", "keywords-JP") as run:
        run.log_table("keywords", frame, csv=True)
    assert (run.folder / "keywords.csv").read_text(encoding="utf-8").splitlines()[1] == "'=cmd|x,-1.5"
    assert workspace.load_table(run.id, "keywords")["word"][0] == "=cmd|x"


@pytest.fixture
def workspace(home):
    from ipml.config import compose_settings
    from ipml.tracking import Workspace

    return Workspace(compose_settings("registry"))
