"""Figures of ``ipml faithfulness``: what the model loses without the words that its attention names.

Trains the model of a country of the simulated world (``country=JP``) without controls of its own, then takes words
away; ``root=DIR`` for data, runs and models (default: ``IPML_HOME`` or the current folder), and other keys of both.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from benchmarks.figures import Figure, Measured
from benchmarks.result import report
from ipml.cli.dispatch import open_corpus, run_command
from ipml.config import compose_settings

NAME = "faithfulness"
_COLUMNS = {
    "comprehensiveness": "comprehensiveness at 20 %",
    "sufficiency": "sufficiency at 20 %",
    "aopc_comprehensiveness": "AOPC comprehensiveness",
    "aopc_sufficiency": "AOPC sufficiency",
}
_SHARE = 0.2


def run(options: dict[str, str]) -> Measured:
    """Train, and take words away; the figure is the model's comprehensiveness beside that of random orders."""
    root = options.pop("root", None)
    shared = [] if root is None else [f"paths.root={Path(root).absolute()}"]
    shared += [f"{key}={value}" for key, value in ({"country": "JP"} | options).items()]
    trained = compose_settings("train", ["model=dual_attn", "model.controls=false", *shared])
    run_command("train", trained)
    settings = compose_settings("faithfulness", shared)
    results = run_command("faithfulness", settings)
    figures = list(figures_of(results))
    first = next(figure for figure in figures if figure.name.endswith(_COLUMNS["comprehensiveness"]))
    assert first.value is not None
    n = int(results["n_firms"].iloc[0])
    report(
        NAME, round(first.value, 4), "comprehensiveness less that of random orders", n=n, seed=settings.seed
    )
    corpus = open_corpus(settings.data)  # type: ignore[attr-defined]
    return Measured("faithfulness", figures, str(settings.seed), corpus.info.hash)


def figures_of(results: pd.DataFrame) -> Iterator[Figure]:
    """Yield differences to random orders, and what the probability is with all, without and with the top words."""
    n = int(results["n_firms"].iloc[0])
    for row in results.to_dict("records"):
        where = f"orders/{row['model']}, {row['order']}"
        if row["figure"] in _COLUMNS and pd.notna(row["difference"]):
            ends = float(row["difference_low"]), float(row["difference_high"])
            yield Figure(f"{where}/{_COLUMNS[row['figure']]}", float(row["difference"]), *ends, n, "share")
        elif row["figure"] in ("deletion", "insertion") and row["share"] in (0, _SHARE):
            name = {"deletion": "without the top", "insertion": "the top alone"}[row["figure"]]
            name = "probability, whole site" if row["figure"] == "deletion" and row["share"] == 0 else name
            if row["share"] or row["figure"] == "deletion":
                value, low, high = (float(row[key]) for key in ("value", "low", "high"))
                yield Figure(f"{where}/{name}", value, low, high, n, "share")
    comprehensiveness = results[results["figure"] == "aopc_comprehensiveness"]
    for row in comprehensiveness.to_dict("records"):
        whole = results[(results["model"] == row["model"]) & (results["order"] == row["order"])]
        full = float(whole[(whole["figure"] == "deletion") & (whole["share"] == 0)]["value"].iloc[0])
        share = float(row["value"]) / (full - 0.5)
        yield Figure(f"orders/{row['model']}, {row['order']}/AOPC as a share above one half", share, n=n)
