"""Accuracy@k of a fitted map beside a random one and chance: as tidy rows, as metrics and on the screen."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from rich.table import Table

from ipml.alignment.accuracy import accuracy_table, chance, first_hits
from ipml.alignment.retrieval import neighbours
from ipml.alignment.vocabulary import TestWords
from ipml.linear_map.solvers import random_orthogonal

Matrix = npt.NDArray[np.float64]


def ranks_of(
    matrix: Matrix, X: Matrix, Y: Matrix, words: TestWords, settings: DictConfig
) -> npt.NDArray[np.int64]:
    """Rank of the first correct translation of each test word among all target words.

    Parameters
    ----------
    matrix
        Shape (e, d).
    X, Y
        All source words (n, d) and all target words (m, e), prepared.
    words
        Test words and their translations, shape (q,).
    settings
        Configuration group ``model``.
    """
    mapped = X @ matrix.T
    retrieval = settings.retrieval
    found = neighbours(
        mapped[words.rows], Y, max(settings.accuracy_at), retrieval.method, mapped, retrieval.neighbourhood
    )
    return first_hits(found, words.correct)


def score(
    matrix: Matrix, X: Matrix, Y: Matrix, words: TestWords, settings: DictConfig, seed: int
) -> pd.DataFrame:
    """Accuracy@k of the fitted map, of a random orthogonal map, and of candidates drawn at random.

    Takes what `ranks_of` takes.

    Returns
    -------
    frame with the columns model, column, k, value, low, high, n; chance has no interval
    """
    ks = list(settings.accuracy_at)
    e, d = matrix.shape
    maps = {"fitted": matrix, "random_map": random_orthogonal(e, d, seed)}
    tables = []
    for model, one in maps.items():
        ranks = ranks_of(one, X, Y, words, settings)
        table = accuracy_table(
            ranks,
            words.n_correct,
            words.n_without_vector,
            ks,
            seed,
            settings.bootstrap.resamples,
            settings.bootstrap.level,
        )
        tables.append(table.assign(model=model))
    expected = [
        {"k": k, "value": chance(words.n_correct, len(Y), k).mean(), "n": len(words.rows)} for k in ks
    ]
    tables.append(pd.DataFrame(expected).assign(model="chance", column="accuracy"))
    return pd.concat(tables, ignore_index=True)[["model", "column", "k", "value", "low", "high", "n"]]


def metrics_of(table: pd.DataFrame) -> dict[str, float]:
    """Metrics by name.

    ``test/accuracy_at_1`` with ``…_low`` and ``…_high``; the other columns as ``test_known/accuracy_at_1``
    and ``test_all/…``; other models as ``null/random_map/accuracy_at_1`` and ``null/chance/…``.
    """
    metrics: dict[str, float] = {}
    for row in table.to_dict("records"):
        name = f"accuracy_at_{row['k']}"
        if row["model"] != "fitted":
            if row["column"] == "accuracy":
                metrics[f"null/{row['model']}/{name}"] = row["value"]
        elif row["column"] == "accuracy":
            metrics[f"test/{name}"] = row["value"]
            metrics |= {f"test/{name}_low": row["low"], f"test/{name}_high": row["high"]}
        else:
            metrics[f"test_{row['column']}/{name}"] = row["value"]
    return metrics


def result_table(title: str, table: pd.DataFrame, level: float) -> Table:
    """Table for the screen: one line a k."""
    rows: dict[tuple[str, str, int], dict[Any, Any]] = {
        (row["model"], row["column"], row["k"]): row for row in table.to_dict("records")
    }
    shown = Table("k", "accuracy", f"{level:.0%} interval", "n", title=title)
    for header in ("known pairs", "n", "random map", "chance"):
        shown.add_column(header)
    for k in sorted({k for _, _, k in rows}):
        row = rows["fitted", "accuracy", k]
        cells = [str(k), f"{row['value']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}", str(row["n"])]
        known = rows.get(("fitted", "known", k))
        cells += ["none", "0"] if known is None else [f"{known['value']:.3f}", str(known["n"])]
        cells += [f"{rows[model, 'accuracy', k]['value']:.4f}" for model in ("random_map", "chance")]
        shown.add_row(*cells)
    return shown
