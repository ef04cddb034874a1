"""The comparison on the screen, beside the published figures."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.table import Table

from ipml.keyword_comparison.classifiers import CLASSIFIERS
from ipml.keyword_comparison.keyword_sets import RANDOM, RAW, SETS
from ipml.keyword_comparison.scores import (
    DIFFERENCE,
    LEAK_FREE,
    LEAKING,
    PARTS,
    PUBLISHED,
    SCORE,
    WORDS,
    Row,
)
from ipml.published import published_table
from ipml.statistics.classification import MACRO_METRICS

PUBLISHED_LABEL = "published (other data; country not stated)"
_PROTOCOLS = (LEAK_FREE, LEAKING, PUBLISHED)


def published_rows() -> list[Row]:
    """Read the published figures; they have no intervals or number of firms."""
    return [
        Row(
            SCORE,
            row["keyword_set"],
            row["classifier"],
            row["metric"],
            row["split"],
            PUBLISHED,
            float(row["value"]),
            models=PUBLISHED_LABEL,
        )
        for row in published_table("keywords").to_dict("records")
    ]


def score_tables(results: pd.DataFrame, title: str) -> list[Table]:
    """Tabulate training firms and test firms, one table each: classifier and metric by keyword set."""
    tables = []
    for part in PARTS:
        of_part = results[results["part"] == part]
        scores = of_part[of_part["what"] == SCORE]
        firms = int(scores["n"].max())
        table = _empty_table(f"{title}: {firms} {part} firms a split, 95 % interval", "extraction", SETS)
        for classifier in CLASSIFIERS:
            table.add_section()
            for metric in MACRO_METRICS:
                of_row = scores[(scores["classifier"] == classifier) & (scores["metric"] == metric)]
                for protocol in _PROTOCOLS:
                    cells = _cells(of_row[of_row["protocol"] == protocol], SETS)
                    names = (classifier, metric) if protocol == LEAK_FREE else ("", "")
                    table.add_row(*names, protocol, *cells, style="dim" if protocol == PUBLISHED else None)
        table.add_section()
        words = of_part[of_part["what"] == WORDS]
        for protocol in (LEAK_FREE, LEAKING):
            numbers = words[words["protocol"] == protocol].set_index("set")["value"]
            label = "words a firm" if protocol == LEAK_FREE else ""
            table.add_row("", label, protocol, *(f"{numbers[name]:.1f}" for name in SETS))
        table.caption = f"{PUBLISHED} = {PUBLISHED_LABEL}"
        tables.append(table)
    return tables


def difference_table(results: pd.DataFrame, title: str) -> Table:
    """Tabulate paired differences of F1 and accuracy on the test firms: to all words, to chance, by the leak."""
    rows = results[(results["what"] == DIFFERENCE) & (results["part"] == "test")]
    compared = tuple(name for name in SETS if name != RAW)
    table = _empty_table(f"{title}: differences on test firms, 95 % interval", "difference", compared)
    lines = [
        (LEAK_FREE, RAW, "to raw"),
        (LEAK_FREE, RANDOM, "to random"),
        (LEAKING, LEAK_FREE, "by the leak"),
    ]
    for classifier in CLASSIFIERS:
        table.add_section()
        for metric in ("f1", "accuracy"):
            of_row = rows[(rows["classifier"] == classifier) & (rows["metric"] == metric)]
            for number, (protocol, reference, label) in enumerate(lines):
                of_line = of_row[(of_row["protocol"] == protocol) & (of_row["reference"] == reference)]
                names = ("", "") if number else (classifier, metric)
                table.add_row(*names, label, *_cells(of_line, compared, "+"))
    return table


def _empty_table(title: str, third: str, sets: Sequence[str]) -> Table:
    table = Table("", "", third, title=title)
    for name in sets:
        table.add_column(name, justify="right")
    return table


def _cells(rows: pd.DataFrame, sets: Sequence[str], sign: str = "") -> list[str]:
    """Write value and interval of each set; empty where there is none."""
    cells = dict.fromkeys(sets, "")
    for row in rows[rows["set"].isin(sets)].to_dict("records"):
        value, low, high = (_short(row[column], sign) for column in ("value", "low", "high"))
        cells[row["set"]] = f"{value} [{low}, {high}]" if low else value
    return list(cells.values())


def _short(value: float, sign: str) -> str:
    """Write three decimals without the nought before the point; nothing for NaN."""
    return "" if np.isnan(value) else f"{value:{sign}.3f}".replace("0.", ".", 1)
