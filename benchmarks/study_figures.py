"""Figures of a study on real firms: runs it (finished stages are kept) and takes them from its newest evaluation.

``study=NAME`` and what the study needs, as ``study.root=DIR study.lexicon=DIR``; ``seed=N`` (default: 0), ``root=DIR``
for data, runs and models (default: ``IPML_HOME`` or the current folder), and other keys of ``ipml run``. ``run=no``
runs nothing and reads the newest evaluation in the namespace of the study.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.figures import EXPERIMENTS, Figure, Measured
from benchmarks.options import switch
from benchmarks.result import report
from ipml.cli.dispatch import run_command
from ipml.config import compose_settings
from ipml.errors import choice_error
from ipml.evaluation.results import (
    BETWEEN_COUNTRIES,
    CLUSTERED,
    DEBIASED,
    GROUP,
    INDUSTRY_MEAN,
    MEAN,
    PLUG_IN,
    WORD_ERRORS,
)
from ipml.evaluation.rows.alignment_control import BOOTSTRAP_MAPS
from ipml.evaluation.rows.alignment_control import WHAT as CONTROL
from ipml.report.summary import accuracy_lines
from ipml.tracking import ModelReference, StoredRun, Workspace

NAME = "study_figures"
_LEVELS = {INDUSTRY_MEAN: "over industries", GROUP: "whole groups"}
_NULLS = {"mean_product": "mean P", "shuffled_pairs": "shuffled pairs"}


def run(options: dict[str, str]) -> Measured:
    """Run the study; the figure is the number of its figures."""
    runs = switch(options, "run", default=True)
    root, study, seed = options.pop("root", None), options.pop("study", ""), options.pop("seed", "0")
    experiments = sorted(path.name for path in EXPERIMENTS.iterdir() if path.is_dir())
    experiment = next((name for name in reversed(experiments) if study.startswith(name)), None)
    if experiment is None:
        raise choice_error("study", study, experiments)
    paths = [] if root is None else [f"paths.root={Path(root).absolute()}"]
    keys = [f"{key}={value}" for key, value in options.items()]
    of_study = compose_settings("run", [f"study={study}", f"seed={seed}", *paths, *keys])
    if runs:
        run_command("run", of_study)
    shared: Any = compose_settings("evaluate", [*paths, f"namespace='{of_study.namespace}'", f"seed={seed}"])
    workspace = Workspace(shared)
    evaluation = workspace.find_run("evaluate")
    prefix = study if seed == "0" else f"{study}, seed {seed}"
    results = workspace.load_table(evaluation.id, "results")
    figures = [*of_stages(workspace, evaluation, results, prefix), *of_pairs(results, prefix)]
    report(NAME, value=len(figures), unit="figures", n=len(figures), seed=seed)
    return Measured(experiment, figures, f"{seed}", evaluation.lineage["corpus"])


def of_stages(
    workspace: Workspace, evaluation: StoredRun, results: pd.DataFrame, study: str
) -> Iterator[Figure]:
    """Yield figures of classifiers, keywords, alignments and mappings, named ``studies/WHAT/STUDY``."""
    for name, version in sorted(evaluation.lineage.items()):
        stage, _, rest = name.rpartition(".")[2].partition("-")
        if stage == "dual_attn":
            yield from _of_classifier(_metrics(workspace, name, version), rest, study)
        elif stage == "keywords":
            metrics = workspace.get_run(version).metrics
            yield Figure(f"studies/{rest}: keywords a firm/{study}", metrics["keywords_per_firm"])
        elif stage == "alignment":
            metrics = _metrics(workspace, name, version)
            for k in (1, 10):
                key = f"test/accuracy_at_{k}"
                yield _with_interval(metrics, key, f"studies/{rest}: AC@{k}/{study}", unit="share")
    for line in accuracy_lines(results):
        group = _in_words(line.group)
        name = f"studies/{group}: test cosine of A/{study}"
        yield Figure(name, line.value, line.low, line.high, line.n, "cosine")
        for null, words in _NULLS.items():
            yield Figure(f"studies/{group}: {words}/{study}", line.others[null], n=line.n, unit="cosine")


def of_pairs(results: pd.DataFrame, study: str) -> Iterator[Figure]:
    """Yield the angles of each pair, named ``STUDY/PAIR, LEVEL/WHAT``; one way, ``WHAT, JP through US``."""
    shown = results[results["level"].isin(_LEVELS) & results["direction"].notna()]
    names = {
        ("angle", PLUG_IN): "plug-in",
        ("floor", DEBIASED): "same A reads",
        ("angle", DEBIASED): "debiased",
        ("angle", CLUSTERED): "clustered by industry",
        ("angle", WORD_ERRORS): "words' errors too",
        (CONTROL, PLUG_IN): "alignment control, plug-in",
        (CONTROL, DEBIASED): "alignment control",
        (CONTROL, BOOTSTRAP_MAPS): "bootstrap of maps",
    }
    for row in shown.to_dict("records"):
        name = names.get((row["what"], row["method"]))
        if name is None:
            continue
        where = f"{study}/{_pair_in_words(row)}, {_LEVELS[row['level']]}"
        both = row["direction"] == MEAN
        name = (
            name if both else f"{name}, {str(row['direction']).replace('_', '-').replace('->', ' through ')}"
        )
        low, high = (None if pd.isna(row[end]) else float(row[end]) for end in ("low", "high"))
        n = None if pd.isna(row["n1"]) else int(row["n1"]) + int(row["n2"])
        yield Figure(f"{where}/{name}", float(row["value"]), low, high, n, "degrees")
        if pd.notna(row["sd"]) and both and name == "bootstrap of maps":
            yield Figure(f"{where}/{name}, SD", float(row["sd"]), unit="degrees")
        if pd.notna(row["p_adjusted"]) and both:
            yield Figure(f"{where}/p, {name}", float(row["p_adjusted"]), n=n, unit="share")
        if name == "plug-in":
            for number, of_group in enumerate(("n1", "n2"), 1):
                yield Figure(f"{where}/firms/{number}", int(row[of_group]), unit="firms")


def _of_classifier(metrics: dict[str, float], country: str, study: str) -> Iterator[Figure]:
    n = int(metrics["n_firms"])
    yield Figure(f"studies/{country}: firms of the classifier/{study}", n, unit="firms")
    yield _with_interval(metrics, "test/auc", f"studies/{country}: cross-fitted AUC/{study}", n)
    for control, words in (
        ("shuffled_labels", "with shuffled labels"),
        ("attention_off", "without attention"),
    ):
        if f"control/{control}_auc" in metrics:
            value = metrics[f"control/{control}_auc"]
            yield Figure(f"studies/{country}: AUC {words}/{study}", value, n=n, unit="AUC")


def _with_interval(
    metrics: dict[str, float], key: str, name: str, n: int | None = None, unit: str = "AUC"
) -> Figure:
    return Figure(name, metrics[key], metrics.get(f"{key}_low"), metrics.get(f"{key}_high"), n, unit)


def _metrics(workspace: Workspace, name: str, version: str) -> dict[str, float]:
    model = workspace.find_model(ModelReference(name, version=version))
    return dict(workspace.get_run(model.run_id).metrics)


def _pair_in_words(row: dict[Any, Any]) -> str:
    """``JP high-growth - established`` or ``JP - US established``."""
    first, second = str(row["group"]).split(" ")
    pair, within = (first, second) if row["comparison"] == BETWEEN_COUNTRIES else (second, first)
    between = " - ".join(pair.split("-")).replace("_", "-")
    return f"{between} {within.replace('_', '-')}" if pair == first else f"{within} {between}"


def _in_words(group: str) -> str:
    return group.replace("_", "-")
