"""Parts of a difference on the screen; crawled text is shown without markup and invisible characters."""

from collections.abc import Iterator

import pandas as pd
from rich.table import Table
from rich.text import Text

from ipml.console import console
from ipml.corpus import Corpus
from ipml.evaluation.differences.names import (
    FIRM,
    IPC,
    MADE_WORD,
    MINUS,
    PATENT,
    PLUS,
    SIZE,
    WORD,
)
from ipml.evaluation.differences.stage import name_differences
from ipml.evaluation.settings import DifferencesSettings
from ipml.firm_picture.harmless import shorten, visible
from ipml.tracking import Workspace

_LONGEST_NAME = 44


def report_differences(settings: DifferencesSettings, workspace: Workspace, corpus: Corpus) -> None:
    """Take the difference of two groups apart, and print its parts."""
    rows, _ = name_differences(settings, workspace, corpus)
    print_differences(rows)


def print_differences(rows: pd.DataFrame) -> None:
    """Print sizes and names of the parts."""
    mark = " (simulated)" if rows["simulated"].any() else ""
    first, second = rows["pair"].iloc[0].split(" - ")
    console.print(size_table(rows, f"What {first} and {second} convert differently{mark}"))
    console.print(
        "size: how far the products are apart at one standard deviation of the technology; same A: its mean where both "
        "groups convert alike. A part with a large p is noise, whatever its names say. Numbers of firms, patents and "
        "classes: how many standard deviations of the firms they have of the part.",
        highlight=False,
    )
    for table in name_tables(rows, (first, second), mark):
        console.print(table)


def size_table(rows: pd.DataFrame, title: str) -> Table:
    """Sizes and shares of the parts beside those of noise."""
    table = Table(title=title)
    for header in ("part", "size", "same A:\nsize", "share of the\ndifference", "same A:\nshare", "p"):
        table.add_column(header, justify="right")
    for row in rows[rows["what"] == SIZE].to_dict("records"):
        cells = [str(row["part"]), f"{row['value']:.3f}", f"{row['null_value']:.3f}"]
        cells += [f"{row['share']:.1%}", f"{row['null_share']:.1%}", f"{row['p_value']:.3f}".lstrip("0")]
        table.add_row(*cells)
    return table


def name_tables(rows: pd.DataFrame, names: tuple[str, str], mark: str) -> Iterator[Table]:
    """A table of each part's names: its two ends, then what the two groups make of the positive end."""
    for part, of_part in rows[rows["what"] != SIZE].groupby("part"):
        table = Table(title=f"Part {part}{mark}", title_justify="left", show_lines=True)
        for header in ("", "+", "-"):
            table.add_column(header, ratio=None if not header else 1)
        for what, label in (
            (WORD, "words"),
            (PATENT, "patents"),
            (IPC, "IPC classes"),
            (FIRM, "firms"),
        ):
            of_kind = of_part[of_part["what"] == what]
            if len(of_kind):
                table.add_row(label, _names(of_kind, PLUS), _names(of_kind, MINUS))
        made = of_part[of_part["what"] == MADE_WORD]
        if len(made):
            first, second = (_names(made[made["side"] == side]) for side in made["side"].unique())
            table.add_row(Text("made of +"), Text(f"{names[0]}: ") + first, Text(f"{names[1]}: ") + second)
        yield table


def _names(rows: pd.DataFrame, side: str | None = None) -> Text:
    chosen = rows if side is None else rows[rows["side"] == side]
    lines = []
    for row in chosen.to_dict("records"):
        name = shorten(visible(str(row["name"])), _LONGEST_NAME)
        country = "" if pd.isna(row["country"]) else f" [{row['country']}]"
        number = "" if row["what"] in (WORD, MADE_WORD) else f" {row['value']:+.1f}"
        lines.append(f"{name}{country}{number}")
    words = bool(len(chosen)) and chosen["what"].iloc[0] in (WORD, MADE_WORD)
    return Text((", " if words else "\n").join(lines))
