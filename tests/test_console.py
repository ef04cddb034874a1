"""Texts of users are shown as they stand."""

import io

import pytest
from rich.table import Table

from ipml.console import QuietableConsole


@pytest.mark.parametrize("text", ["/data/[/x]/a", "[bold]firm", "[link=x]", ":a: :smile:", "\\[b]", "[/]"])
def test_brackets_and_colons_of_a_text_are_no_markup(text):
    console = QuietableConsole(file=io.StringIO(), width=140)
    console.print(text)
    table = Table(text, title=text)
    table.add_row(text)
    console.print(table)
    assert console.file.getvalue().count(text) == 4
