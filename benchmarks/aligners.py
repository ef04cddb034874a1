"""AC@k of the linear aligners on a test dictionary: the share of its words with a listed translation among the k best.

``name=WORDS`` (the column of the page), ``language=ja`` or ``zh``, files ``vectors.source=FILE vectors.target=FILE
lexicon.train=FILE lexicon.test=FILE``; ``aligners=orthogonal,cca,…`` (files of ``conf/aligner``), ``root=DIR`` for data
and runs (default: ``IPML_HOME`` or the current folder).
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.options import refuse_others
from benchmarks.result import report
from ipml.cli.dispatch import run_command
from ipml.config import compose_settings
from ipml.console import console
from ipml.errors import InputError
from ipml.tracking import Workspace

NAME = "aligners"
ALIGNERS = "orthogonal,cca,rcsls,mutual_refinement,self_learning"
FILES = ("vectors.source", "vectors.target", "lexicon.train", "lexicon.test")


def run(options: dict[str, str]) -> Measured:
    """Train every aligner and print its figures; the figure is the best AC@1, as a share."""
    root, language, name = options.pop("root", None), options.pop("language", "ja"), options.pop("name", "")
    aligners = options.pop("aligners", ALIGNERS).split(",")
    files = {key: Path(options.pop(key, "")).absolute() for key in FILES}
    refuse_others(options, [*FILES, "language", "name", "aligners", "root"])
    for key, file in files.items():
        if not file.is_file():
            raise InputError(f"{key}={file}: no such file")
    paths = [] if root is None else [f"paths.root={Path(root).absolute()}"]
    shared = [
        *paths,
        "model=alignment",
        f"language={language}",
        "embeddings=vec",
        f"embeddings.languages.{language}.vectors.path='{files['vectors.source']}'",
        f"embeddings.languages.en.vectors.path='{files['vectors.target']}'",
        "lexicon=corpus",
        *(f"{key}='{files[key]}'" for key in FILES[2:]),
        "register=false",
    ]
    figures: list[Figure] = []
    table = Table("aligner", "AC@1", "5", "10", "100", title=name or language)
    for aligner in aligners:
        settings = compose_settings("train", [*shared, f"aligner@model.map={aligner}"])
        trained = run_command("train", settings)
        accuracy = Workspace(settings).load_table(trained.run_id, "accuracy")
        of_aligner = list(figures_of(accuracy, aligner, name or language))
        table.add_row(aligner, *(f"{figure.value:.1f}" for figure in of_aligner))
        figures += of_aligner
    console.print(table)
    best = max(figure.value or 0.0 for figure in figures if figure.name.endswith("AC@1"))
    n = figures[0].n
    report(NAME, round(best / 100, 4), "AC@1 of known pairs, best of the aligners", n=n, seed=0)
    figures.append(Figure(f"linear/words/{name or language}", n, unit="words"))
    return Measured("alignment", figures, "0")


def figures_of(accuracy: pd.DataFrame, aligner: str, column: str) -> Iterator[Figure]:
    """Yield AC@1, 5, 10 and 100 of known pairs in per cent, named as the page does."""
    rows = accuracy[(accuracy["model"] == "fitted") & (accuracy["column"] == "known")]
    for row in rows.sort_values("k").to_dict("records"):
        k = int(row["k"])
        value, low, high = (100 * float(row[key]) for key in ("value", "low", "high"))
        name = f"linear/{aligner}/{column}/{'AC@1' if k == 1 else k}"
        yield Figure(name, value, low, high, int(row["n"]), "%")
