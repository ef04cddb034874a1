"""What the demo study recovers of the simulated world: keywords, dictionary, mappings, angles.

Runs the study (finished stages are kept) and scores its newest evaluation against the planted truth.
Options: ``root=DIR`` for data, runs and models (default: ``IPML_HOME`` or the current folder),
``study=NAME``, and overrides of the study's stages, as ``data.world.seed=1``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks.figures import Figure, Measured
from benchmarks.result import report
from ipml.cli.dispatch import run_command
from ipml.config import compose_settings
from ipml.console import console
from ipml.errors import InputError
from ipml.evaluation.estimates.sample import Sample
from ipml.evaluation.pairs import Group, list_pairs
from ipml.evaluation.read_groups import RegisteredGroups, read_groups
from ipml.evaluation.results import BETWEEN_COUNTRIES, Row, as_table
from ipml.evaluation.rows.angles import angle_rows
from ipml.evaluation.rows.planted import planted_rows
from ipml.evaluation.settings import EvaluateSettings
from ipml.linear_map.solvers import ridge
from ipml.overrides import top_key
from ipml.report.summary import AngleLine, accuracy_lines, angle_lines
from ipml.settings import WorldSettings
from ipml.simulation import Truth, load_truth
from ipml.statistics.ridge_strength import choose_strength
from ipml.tracking import Lineage, ModelReference, Workspace
from ipml.vectors.stage import load_vectors

NAME = "demo_recovery"


@dataclass(frozen=True)
class Recovered:
    """What a study recovered: seed of its world, hash of its corpus, `angle_errors`, and all figures."""

    seed: str
    corpus: str
    errors: pd.DataFrame
    figures: list[Figure]


def run(options: dict[str, str]) -> Measured:
    """Run the study and print what it recovered; the figure is the error of the debiased angles."""
    changed = " ".join(f"{key}={value}" for key, value in options.items() if key != "root")
    found = recover(options)
    report_errors(NAME, found)
    prefix = f"{changed}/" if changed else ""
    figures = [replace(figure, name=f"{prefix}{figure.name}") for figure in found.figures]
    return Measured("demo", figures, found.seed, found.corpus)


def report_errors(name: str, found: Recovered, target: float | None = None) -> None:
    """Print the last line: mean absolute error of the debiased angles beside that of the plug-in ones."""
    errors = found.errors
    report(
        name,
        value=round(float(errors["debiased"].mean()), 3),
        unit="degrees, mean absolute error of debiased angles (peer: plug-in)",
        target=target,
        peer=round(float(errors["plug_in"].mean()), 3),
        n=len(errors),
        seed=found.seed,
    )


def recover(options: dict[str, str]) -> Recovered:
    """Run a study and print what it recovered.

    Parameters
    ----------
    options
        ``root``, ``study`` and overrides of the study's stages.

    Raises
    ------
    InputError
        If the firms of the study are not simulated.
    """
    root, study = options.pop("root", None), options.pop("study", "demo")
    stages = [f"{key}={value}" for key, value in options.items()]
    paths = [] if root is None else [f"paths.root={Path(root).absolute()}"]
    of_study = compose_settings("run", [f"study={study}", *paths, f"overrides={json.dumps(stages)}"])
    run_command("run", of_study)
    shared = [f"namespace='{of_study.namespace}'", f"seed={of_study.seed}"]
    of_evaluation = [stage for stage in stages if top_key(stage) in EvaluateSettings.model_fields]
    settings: Any = compose_settings("evaluate", [*paths, *of_evaluation, *shared])
    workspace = Workspace(settings)
    evaluation = workspace.find_run("evaluate")
    if not evaluation.simulated:
        raise InputError(f"study={study}: its firms are not simulated, there is no truth to recover")
    results = workspace.load_table(evaluation.id, "results")
    truth, lineage = load_truth(settings.data.root), evaluation.lineage
    parts = [
        keyword_table(workspace, settings.countries, truth, lineage),
        alignment_table(workspace, lineage),
        mapping_table(results),
        angle_table(results),
        source_table(settings, workspace, truth),
    ]
    figures = classifier_figures(workspace, settings.countries, lineage)
    for table, of_table in parts:
        console.print(table)
        figures += of_table
    return Recovered(str(world_of(settings).seed), lineage["corpus"], angle_errors(results), figures)


def classifier_figures(workspace: Workspace, countries: Sequence[str], lineage: Lineage) -> list[Figure]:
    """Cross-fitted AUC of each country's classifier, and the accuracy of always saying the larger class."""
    figures = []
    for country in countries:
        name = workspace.name("dual_attn", country)
        if name in lineage:
            run_id = workspace.find_model(ModelReference(name, version=lineage[name])).run_id
            metrics = workspace.get_run(run_id).metrics
            auc, low, high = (metrics[f"test/auc{end}"] for end in ("", "_low", "_high"))
            n = int(metrics["n_firms"])
            figures += [
                Figure(f"world/cross-fitted AUC/{country}", auc, low, high, n, "AUC"),
                Figure(f"world/larger class/{country}", metrics["test/larger_class_accuracy"], n=n),
            ]
    return figures


def world_of(settings: EvaluateSettings) -> WorldSettings:
    """Settings of the simulated world."""
    if settings.data.world is None:
        raise InputError(f"data={settings.data.kind}: a simulated world is needed")
    return settings.data.world


def keyword_table(
    workspace: Workspace, countries: Sequence[str], truth: Truth, lineage: Lineage
) -> tuple[Table, list[Figure]]:
    """Precision and recall of the planted product words of each firm, beside the share by chance."""
    table = Table(title="Planted product words among the keywords, mean over firms (simulated)")
    for header in ("country", "precision", "by chance", "recall", "firms"):
        table.add_column(header)
    planted = truth.firms.set_index("firm_id")["product_words"].map(set)
    kept: list[Figure] = []
    for country in countries:
        run_id = lineage.get(workspace.name("keywords", country))
        if run_id is None:
            continue
        found = workspace.load_table(run_id, "keywords").groupby("firm_id")["word"].agg(set)
        true = planted[found.index]
        firms = [(words, own) for words, own in zip(found, true, strict=True) if own]
        precision = [len(words & own) / len(words) for words, own in firms]
        recall = [len(words & own) / len(own) for words, own in firms]
        pages = truth.pages[truth.pages["firm_id"].isin(found.index)]
        by_chance = pages["n_product_words"].sum() / pages["n_words"].sum()
        figures = [pd.Series(precision).mean(), by_chance, pd.Series(recall).mean()]
        table.add_row(country, *(f"{figure:.3f}" for figure in figures), str(len(firms)))
        for name, value in zip(("precision", "by chance", "recall"), figures, strict=True):
            kept.append(Figure(f"world/{name}/{country}", float(value), n=len(firms), unit="share"))
    return table, kept


def alignment_table(workspace: Workspace, lineage: Lineage) -> tuple[Table, list[Figure]]:
    """Accuracy of each alignment on its test dictionary, as its run measured it."""
    table = Table(title="Alignments, accuracy@1 on test dictionaries (simulated)")
    for header in ("pair", "accuracy@1", "interval", "random map", "chance", "words"):
        table.add_column(header)
    prefix = workspace.name("alignment-")
    kept = []
    for name in sorted(name for name in lineage if name.startswith(prefix)):
        model = workspace.find_model(ModelReference(name, version=lineage[name]))
        accuracy = workspace.load_table(model.run_id, "accuracy")
        at_1 = accuracy[(accuracy["column"] == "accuracy") & (accuracy["k"] == 1)].to_dict("records")
        by_model = {str(row["model"]): row for row in at_1}
        fitted = by_model["fitted"]
        interval = fitted["value"], fitted["low"], fitted["high"]
        of_pair = f"accuracy@1/{name.removeprefix(prefix)}"
        kept.append(Figure(of_pair, *interval, int(fitted["n"]), "share"))
        table.add_row(
            name.removeprefix(prefix),
            f"{fitted['value']:.3f}",
            f"{fitted['low']:.3f}-{fitted['high']:.3f}",
            f"{by_model['random_map']['value']:.4f}",
            f"{by_model['chance']['value']:.4f}",
            str(int(fitted["n"])),
        )
    return table, kept


def mapping_table(results: pd.DataFrame) -> tuple[Table, list[Figure]]:
    """Mean test cosine of each mapping beside that of the mean product vector."""
    table = Table(title="Mappings, mean cosine over test firms (simulated)")
    for header in ("mapping", "A", "interval", "mean P", "difference", "firms"):
        table.add_column(header)
    kept = []
    for line in accuracy_lines(results):
        null = line.others["mean_product"]
        cells = [f"{line.value:.3f}", f"{line.low:.3f}-{line.high:.3f}", f"{null:.3f}"]
        table.add_row(line.group, *cells, f"{line.value - null:+.3f}", str(line.n))
        group = line.group.replace("_", "-")
        kept += [
            Figure(f"mappings/{group}/A", line.value, line.low, line.high, line.n, "cosine"),
            Figure(f"mappings/{group}/mean P", null, n=line.n, unit="cosine"),
            Figure(f"mappings/{group}/difference", line.value - null, n=line.n, unit="cosine"),
        ]
    return table, kept


def angle_table(results: pd.DataFrame) -> tuple[Table, list[Figure]]:
    """Estimated beside planted angles, and whether the interval holds the planted one."""
    table = Table(title="Angles, mean of both directions over industries, degrees (simulated)")
    for header in ("pair", "planted", "plug-in", "debiased", "interval", "covers", "errors of words counted"):
        table.add_column(header)
    for line in angle_lines(results):
        planted = float(line.planted or 0.0)
        cells = [
            f"{planted:.1f}",
            f"{line.mean:.1f}",
            f"{line.debiased:.1f}",
            f"{line.low:.1f}-{line.high:.1f}",
        ]
        covers = "yes" if line.low <= planted <= line.high else "no"
        counted = "" if line.word_errors is None else "{:.1f} {:.1f}-{:.1f}".format(*line.word_errors)
        table.add_row(f"{line.within} {line.pair}", *cells, covers, counted)
    every = angle_errors(results)
    table.add_section()
    kept: list[Figure] = []
    aligned = every["word_errors"].notna()
    for name, errors in (
        ("countries", every[every["countries"]]),
        ("firm types", every[~every["countries"]]),
        ("firm types, aligned words", every[~every["countries"] & aligned]),
        ("firm types, no aligned words", every[~every["countries"] & ~aligned]),
    ):
        if errors.empty:
            continue
        kept += error_figures(f"errors/{name}", errors)
        means = [f"{errors[column].mean():.1f}" for column in ("plug_in", "debiased")]
        known = errors.dropna(subset="word_errors")
        counted = f"{known['word_errors'].mean():.1f}, {known['covered_counted'].mean():.0%} of {len(known)}"
        covered = f"{errors['covered'].mean():.0%}"
        table.add_row(f"mean absolute error, {name}", "", *means, "", covered, counted if len(known) else "")
    return table, kept


def error_figures(name: str, errors: pd.DataFrame) -> list[Figure]:
    """Mean absolute errors of the estimates of some pairs, and the share of their intervals that cover."""
    found = [
        Figure(
            f"{name}/{column.replace('_', '-')}", float(errors[column].mean()), n=len(errors), unit="degrees"
        )
        for column in ("plug_in", "debiased")
    ]
    found.append(Figure(f"{name}/largest, debiased", float(errors["debiased"].max()), n=len(errors)))
    found.append(Figure(f"{name}/covered", float(errors["covered"].mean()), n=len(errors), unit="share"))
    known = errors.dropna(subset="word_errors")
    if len(known):
        error, covered = float(known["word_errors"].mean()), float(known["covered_counted"].mean())
        found.append(Figure(f"{name}/words' errors too", error, n=len(known), unit="degrees"))
        found.append(Figure(f"{name}/covered, words' errors too", covered, n=len(known), unit="share"))
    return found


def angle_errors(results: pd.DataFrame) -> pd.DataFrame:
    """Absolute errors of the estimates and whether the intervals cover, one row a pair of groups."""
    return pd.DataFrame(
        [
            {
                "plug_in": abs(line.mean - line.planted),
                "debiased": abs(line.debiased - line.planted),
                "covered": line.low <= line.planted <= line.high,
                "countries": line.comparison == BETWEEN_COUNTRIES,
                **_with_word_errors(line),
            }
            for line in angle_lines(results)
            if line.planted is not None
        ]
    )


def _with_word_errors(line: AngleLine) -> dict[str, float | bool | None]:
    """Error and coverage where errors of words are counted; None where a pair has no aligned words."""
    if line.word_errors is None or line.planted is None:
        return {"word_errors": None, "covered_counted": None}
    value, low, high = line.word_errors
    return {"word_errors": abs(value - line.planted), "covered_counted": low <= line.planted <= high}


def source_table(
    settings: EvaluateSettings, workspace: Workspace, truth: Truth
) -> tuple[Table, list[Figure]]:
    """Where the angles' errors come from: the same angles with planted instead of measured vectors."""
    table = Table(title="Angles with planted vectors, means over the pairs, degrees (simulated)")
    for header in (
        "P",
        "T",
        "planted",
        "plug-in",
        "debiased",
        "error, plug-in",
        "error, debiased",
        "covered",
    ):
        table.add_column(header)
    wanted = [(country, firm_type) for country in settings.countries for firm_type in settings.firm_types]
    kept: list[Figure] = []
    found = read_groups(workspace, wanted, settings.inputs.alias, settings.min_firms, settings.clusters)
    for planted_P, planted_T in ((False, False), (True, False), (False, True), (True, True)):
        groups = [
            with_planted(group, firm_ids_of(workspace, found, name), truth, planted_P, planted_T)
            for name, group in found.groups.items()
        ]
        rows: list[Row] = []
        for pair in list_pairs(groups):
            rows += angle_rows(pair, settings.min_industry_firms, settings.confidence, simulated=True)
            rows += planted_rows(truth.angles, pair, settings.min_industry_firms)
        results = as_table(rows)
        lines, errors = angle_lines(results), angle_errors(results)
        means = [np.mean([getattr(line, name) for line in lines]) for name in ("planted", "mean", "debiased")]
        means += [errors["plug_in"].mean(), errors["debiased"].mean()]
        names = ["planted" if planted else "measured" for planted in (planted_P, planted_T)]
        table.add_row(*names, *(f"{mean:.1f}" for mean in means), f"{errors['covered'].mean():.0%}")
        row = f"angles/{names[0]} P, {names[1]} T"
        of_row = zip(("planted", "plug-in", "debiased", "error of plug-in", "error"), means, strict=True)
        kept += [Figure(f"{row}/{name}", float(mean), n=len(lines), unit="degrees") for name, mean in of_row]
        kept.append(Figure(f"{row}/covered", float(errors["covered"].mean()), n=len(lines), unit="share"))
    return table, kept


def firm_ids_of(workspace: Workspace, found: RegisteredGroups, name: str) -> list[str]:
    """Identifiers of a group's firms, in the order of its vectors."""
    group, model = found.groups[name], found.models[name]
    run_id = model.lineage[workspace.name("vectors", group.country)]
    return load_vectors(workspace, run_id).of_type(group.firm_type).firms["firm_id"].tolist()


def with_planted(group: Group, firm_ids: list[str], truth: Truth, planted_P: bool, planted_T: bool) -> Group:
    """Group with the expected P or T of its firms' planted mixtures, and A fitted on them by ridge."""
    firms = truth.firms.set_index("firm_id").loc[firm_ids]
    P, T = group.sample.product_vectors, group.sample.technology_vectors
    if planted_P:
        P = np.stack(firms["products"].tolist()) @ truth.product_centres.T
    if planted_T:
        T = np.stack(firms["technologies"].tolist()) @ truth.technology_centres.T
    fitted = group.sample.fitted
    strength = choose_strength(T[fitted], P[fitted]).value
    matrix = ridge(T[fitted], P[fitted], strength)
    return replace(group, sample=Sample(P, T, fitted, strength), conversion_matrix=matrix)
