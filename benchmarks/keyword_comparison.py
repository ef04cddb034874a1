"""Figures of ``ipml compare_keywords``: how well keyword sets tell who holds patents.

On the simulated world, or with the keys of the command on a corpus of one's own, as ``data=corpus data.root=DIR``;
``name=WORDS`` (first part of the figures' names, or ``WORDS/BEGINNING OF ROWS``; default: ``simulated``), ``root=DIR``
for data and runs (default: ``IPML_HOME`` or the current folder).
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from benchmarks.figures import Figure, Measured
from benchmarks.result import report
from ipml.cli.dispatch import open_corpus, run_command
from ipml.config import compose_settings
from ipml.keyword_comparison.scores import DIFFERENCE, PUBLISHED, SCORE, WORDS

NAME = "keyword_comparison"
_METRIC = "f1"


def run(options: dict[str, str]) -> Measured:
    """Run the comparison; the figure is the macro F1 of dual attention's keywords by the random forest."""
    root, name = options.pop("root", None), options.pop("name", "simulated")
    paths = [] if root is None else [f"paths.root={Path(root).absolute()}"]
    keys = [f"{key}={value}" for key, value in ({"country": "JP"} | options).items()]
    settings = compose_settings("compare_keywords", [*paths, *keys])
    results = run_command("compare_keywords", settings)
    figures = list(figures_of(results, name))
    seeds = str(results["seeds"].iloc[0])
    best = next(figure for figure in figures if figure.name.endswith("RF, leak-free/dual_attn"))
    assert best.value is not None
    report(NAME, round(best.value, 4), "macro F1, random forest, leak-free", n=best.n, seed=seeds)
    corpus = open_corpus(settings.data)  # type: ignore[attr-defined]
    return Measured("keyword_comparison", figures, seeds, corpus.info.hash)


def figures_of(results: pd.DataFrame, name: str) -> Iterator[Figure]:
    """Yield macro F1 of the test firms, its differences between sets and protocols, and words of a firm."""
    prefix, _, beginning = name.partition("/")
    start = f"{prefix}/{beginning}, " if beginning else f"{prefix}/"
    for row in results.to_dict("records"):
        low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
        n = None if pd.isna(row["n"]) else int(row["n"])
        value = float(row["value"])
        if row["protocol"] == PUBLISHED:
            continue
        if row["what"] == WORDS:
            yield Figure(
                f"{start}words a firm, {row['part']}, {row['protocol']}/{row['set']}", value, low, high, n
            )
        elif row["part"] == "test" and row["metric"] == _METRIC:
            where = f"{row['classifier']}, {row['protocol']}"
            if row["what"] == SCORE:
                yield Figure(f"{start}{where}/{row['set']}", value, low, high, n, "F1")
            elif row["what"] == DIFFERENCE:
                yield Figure(
                    f"{start}{where}/{row['set']} less {row['reference']}", value, low, high, n, "F1"
                )
