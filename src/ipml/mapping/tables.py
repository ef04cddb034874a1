"""Test scores on the screen."""

from typing import Any

import pandas as pd
from rich.table import Table

_SHOWN = {
    "cosine": "cosine",
    "cosine_centred": "about the mean",
    "r2": "R²",
    "top_1": "nearest",
    "top_10": "among 10",
}


def result_table(title: str, scores: pd.DataFrame) -> Table:
    """Table of the scores of `scores.score_table`, a line a model, those of the first model with intervals."""
    table = Table("", title=title)
    for header in _SHOWN.values():
        table.add_column(header, no_wrap=True)
    for number, (model, rows) in enumerate(scores.groupby("model", sort=False)):
        of_metric = {str(row["metric"]): row for row in rows.to_dict("records")}
        cells = [_cell(of_metric.get(metric), with_interval=number == 0) for metric in _SHOWN]
        table.add_row(str(model).replace("_", " "), *cells)
    return table


def group_table(title: str, scores: pd.DataFrame) -> Table:
    """Table of centred cosine and R² of each model, a line a group; the scores have a column ``group``."""
    metrics = ("cosine_centred", "r2")
    shown = scores[scores["metric"].isin(metrics)]
    models = list(dict.fromkeys(shown["model"]))
    table = Table("", title=title)
    for metric in metrics:
        for model in models:
            header = f"{_SHOWN[metric]}:" if model == models[0] else ""
            table.add_column(f"{header}\n{model.replace('_', ' ')}", justify="right", no_wrap=True)
    table.add_column("\ntest firms", justify="right")
    for group, rows in shown.groupby("group", sort=False):
        values = rows.set_index(["metric", "model"])["value"]
        cells = [f"{values[metric, model]:.3f}" for metric in metrics for model in models]
        table.add_row(str(group), *cells, str(rows["n"].iloc[0]))
    return table


def _cell(row: dict[Any, Any] | None, with_interval: bool) -> str:
    if row is None:
        return ""
    known = with_interval and not pd.isna(row["low"])
    interval = f" ({row['low']:.2f} to {row['high']:.2f})" if known else ""
    return f"{row['value']:.3f}{interval}"
