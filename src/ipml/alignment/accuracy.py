"""Accuracy@k of word translation: the share of test words with a listed translation among the k nearest.

Several columns, because figures are published on each of them:

* ``accuracy``: test words that have a source vector; where no translation is a candidate, it counts as wrong;
* ``known``: only those with a translation among the candidates;
* ``all``: every test word of the dictionary; one without a source vector counts as wrong.

A fitted map stands beside a random one and chance: as tidy rows, as metrics and on the screen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table
from scipy.special import gammaln

from ipml.alignment.affine import searched
from ipml.alignment.data import TestWords
from ipml.alignment.retrieval import neighbours
from ipml.alignment.settings import Retrieval
from ipml.guards.shapes import Shapes
from ipml.statistics.intervals import Bootstrap, bootstrap_mean, with_interval

Matrix = npt.NDArray[np.float64]


def first_hits(
    found: npt.NDArray[np.int64], correct: Sequence[Sequence[int] | npt.NDArray[np.int64]]
) -> npt.NDArray[np.int64]:
    """Rank, from 1, of the best-placed correct row in each query's list.

    Parameters
    ----------
    found
        Candidate rows of each query, best first, shape (q, k).
    correct
        Correct rows of each query; may be empty.

    Returns
    -------
    array of shape (q,), k + 1 where none was found
    """
    found = Shapes().check("found", found, "q k", "whole numbers", empty=True)
    ranks = np.full(len(found), found.shape[1] + 1, dtype=np.int64)
    for query, (row, rows) in enumerate(zip(found, correct, strict=True)):
        hits = np.flatnonzero(np.isin(row, np.asarray(rows, dtype=np.int64)))
        if len(hits):
            ranks[query] = hits[0] + 1
    return ranks


def chance(n_correct: npt.NDArray[Any], n_candidates: int, k: int) -> npt.NDArray[np.float64]:
    """Probability that k different candidates drawn at random hold a correct one, for each query.

    Parameters
    ----------
    n_correct
        Number of correct candidates of each query, shape (q,).

    Returns
    -------
    array of shape (q,): 1 − C(N − m, k) / C(N, k), N candidates of which m are correct
    """
    m = np.asarray(Shapes().check("n_correct", n_correct, "q", empty=True), dtype=np.float64)
    N = float(n_candidates)
    k = min(k, n_candidates)
    possible = N - m - k >= 0
    free = np.where(possible, N - m, N)  # avoids a pole where k draws cannot miss
    log_miss = gammaln(free + 1) - gammaln(free - k + 1) - gammaln(N + 1) + gammaln(N - k + 1)
    return np.where(possible, 1 - np.exp(log_miss), 1.0)


def accuracy_table(
    ranks: npt.NDArray[np.int64],
    n_correct: npt.NDArray[Any],
    n_without_vector: int,
    ks: Sequence[int],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Accuracy@k in every column, with bootstrap intervals over test words.

    Parameters
    ----------
    ranks
        Rank of the first correct candidate of each test word with a vector, shape (q,), from `first_hits`.
    n_correct
        Number of its translations among the candidates, shape (q,).
    n_without_vector
        Number of further test words that have no source vector.

    Returns
    -------
    frame with the columns column, k, value, low, high, n; no row for a column without words
    """
    shapes = Shapes()
    ranks = shapes.check("ranks", ranks, "q", "whole numbers", empty=True)
    n_correct = shapes.check("n_correct", n_correct, "q", "whole numbers", empty=True)
    every = np.concatenate([ranks, np.full(n_without_vector, np.iinfo(np.int64).max)])
    columns = {"accuracy": ranks, "known": ranks[np.asarray(n_correct) > 0], "all": every}
    rows = []
    for column, values in columns.items():
        for k in ks:
            if len(values):
                estimate = bootstrap_mean(values <= k, bootstrap)
                rows.append({"column": column, "k": k, **estimate._asdict()})
    return pd.DataFrame(rows)


def ranks_of(
    matrix: Matrix,
    X: Matrix,
    Y: Matrix,
    sets: Sequence[TestWords],
    k: int,
    retrieval: Retrieval,
    search_matrix: Matrix | None = None,
) -> list[npt.NDArray[np.int64]]:
    """Rank of the first correct translation of each word of some sets, among all target words.

    Parameters
    ----------
    matrix
        Shape (e, d).
    X, Y
        All source words (n, d) and all target words (m, e), prepared.
    sets
        Words and their translations; searched together, since CSLS looks at all words of both languages.
    k
        Number of nearest words that are looked through.
    search_matrix
        Shape (r, e), applied to both sides before the search.

    Returns
    -------
    for each set an array of shape (q,), from `first_hits`
    """
    mapped, targets = searched(X @ matrix.T, search_matrix), searched(Y, search_matrix)
    rows = np.concatenate([words.rows for words in sets])
    found = neighbours(
        mapped[rows],
        targets,
        k,
        retrieval.method,
        mapped,
        retrieval.neighbourhood,
        retrieval.temperature,
        retrieval.device,
    )
    ends = np.cumsum([len(words.rows) for words in sets])[:-1]
    return [first_hits(part, words.correct) for part, words in zip(np.split(found, ends), sets, strict=True)]


def score_table(
    ranks: Mapping[str, npt.NDArray[np.int64]],
    words: TestWords,
    n_candidates: int,
    ks: Sequence[int],
    bootstrap: Bootstrap,
) -> pd.DataFrame:
    """Accuracy@k of several maps on the same words, and that of candidates drawn at random.

    Parameters
    ----------
    ranks
        Name of a map to its ranks, shape (q,), from `ranks_of`.
    n_candidates
        Number of target words that were searched.

    Returns
    -------
    frame with the columns model, column, k, value, low, high, n; ``chance`` has no interval
    """
    tables = [
        accuracy_table(of_map, words.n_correct, words.n_without_vector, ks, bootstrap).assign(model=name)
        for name, of_map in ranks.items()
    ]
    expected = [float(chance(words.n_correct, n_candidates, k).mean()) for k in ks]
    by_chance = pd.DataFrame({"k": ks, "value": expected, "n": len(words.rows)})
    tables.append(by_chance.assign(model="chance", column="accuracy"))
    return pd.concat(tables, ignore_index=True)[["model", "column", "k", "value", "low", "high", "n"]]


def metrics_of(table: pd.DataFrame) -> dict[str, float]:
    """Metrics by name.

    ``test/accuracy_at_1`` with ``…_low`` and ``…_high``; the other columns as ``test_known/accuracy_at_1``
    and ``test_all/…``; other models as ``null/random_map/accuracy_at_1`` and ``null/chance/…``; the linear map beside a
    fused alignment as ``linear/accuracy_at_1``.
    """
    metrics: dict[str, float] = {}
    for row in table.to_dict("records"):
        name = f"accuracy_at_{row['k']}"
        if row["model"] != "fitted":
            if row["column"] == "accuracy":
                prefix = "" if row["model"] == "linear" else "null/"
                metrics[f"{prefix}{row['model']}/{name}"] = row["value"]
        elif row["column"] == "accuracy":
            metrics |= with_interval(f"test/{name}", row["value"], row["low"], row["high"])
        else:
            metrics[f"test_{row['column']}/{name}"] = row["value"]
    return metrics


def result_table(title: str, table: pd.DataFrame, level: float) -> Table:
    """Table for the screen: one line a k."""
    rows: dict[tuple[str, str, int], dict[Any, Any]] = {
        (row["model"], row["column"], row["k"]): row for row in table.to_dict("records")
    }
    shown = Table("k", "accuracy", f"{level:.0%} interval", "n", title=title)
    others = [
        name for name in ("linear", "random_map", "chance") if (name, "accuracy", table["k"].min()) in rows
    ]
    for header in ("known pairs", "n", *others):
        shown.add_column(header.replace("_", " "))
    for k in sorted({k for _, _, k in rows}):
        row = rows["fitted", "accuracy", k]
        interval = "" if pd.isna(row["low"]) else f"{row['low']:.3f} to {row['high']:.3f}"
        cells = [str(k), f"{row['value']:.3f}", interval, str(row["n"])]
        known = rows.get(("fitted", "known", k))
        cells += ["none", "0"] if known is None else [f"{known['value']:.3f}", str(known["n"])]
        cells += [f"{rows[model, 'accuracy', k]['value']:.4f}" for model in others]
        shown.add_row(*cells)
    return shown
