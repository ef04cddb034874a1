"""Every promise of ``docs/promises.md`` names a test that there is, and every row has both."""

import ast
import re

import pytest

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "promises.md"
ROW = re.compile(r"^\| (?!promise \||---)(.*) \| (.*) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows(text: str) -> list[tuple[str, str]]:
    return ROW.findall(text)


def functions(path: str) -> set[str]:
    """Names of the tests of a file, also of those in classes."""
    file = REPOSITORY / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing_tests(text: str) -> list[str]:
    """Promises without a test, and tests that are not there."""
    missing = []
    for promise, tests in rows(text):
        named = NAMED.findall(tests)
        if not named:
            missing.append(promise)
        missing += [f"{path}::{name}" for path, name in named if name not in functions(path)]
    return missing


def test_every_promise_names_a_test_that_there_is():
    text = PAGE.read_text(encoding="utf-8")
    assert rows(text)
    assert missing_tests(text) == []


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (
            "| It holds. | `tests/test_promises.py::test_no_such_test` |",
            "tests/test_promises.py::test_no_such_test",
        ),
        ("| It holds. | `tests/test_nothing.py::test_it` |", "tests/test_nothing.py::test_it"),
        ("| It holds. | by hope |", "It holds."),
    ],
)
def test_a_promise_without_a_test_is_found(row, missing):
    assert missing_tests(row) == [missing]
