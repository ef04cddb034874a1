"""Stage ``evaluate``: compare the groups whose mappings are registered."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from ipml.console import console, track
from ipml.corpus import load_corpus
from ipml.errors import InputError, LineageError
from ipml.evaluation.aligned_words import AlignedWords
from ipml.evaluation.bootstrap_rows import bootstrap_rows
from ipml.evaluation.compare import compare
from ipml.evaluation.comparison import list_pairs
from ipml.evaluation.control_rows import alignment_control_rows
from ipml.evaluation.figures import accuracy_figure, angle_figure
from ipml.evaluation.groups import RegisteredGroups, read_groups
from ipml.evaluation.multiple_tests import adjust
from ipml.evaluation.pooled_rows import pooled_rows
from ipml.evaluation.references import planted_rows, published_accuracy_rows, published_angle_rows
from ipml.evaluation.rows import Row, as_table
from ipml.evaluation.tables import accuracy_table, angle_tables
from ipml.figures import save_figure
from ipml.files import write_json
from ipml.simulation.truth import load_truth
from ipml.tracking import Run, start_run
from ipml.tracking.registry import registered_name

STAGE = "evaluate"


def evaluate(config: DictConfig) -> pd.DataFrame:
    """Compare all pairs of countries within a firm type and all pairs of firm types within a country.

    Parameters
    ----------
    config
        Of ``ipml evaluate``.

    Returns
    -------
    The results as tidy rows (`comparison.Row`), as they are saved.

    Raises
    ------
    InputError
        If no mapping can be read, or no two of them can be compared.
    LineageError
        If the mappings do not belong together, or the simulated world at ``data.root`` is not theirs.
    """
    if not 0 < config.confidence < 1:
        raise InputError(f"confidence={config.confidence}: allowed: more than 0, less than 1")
    if config.bootstrap != 0 and config.bootstrap < 2:
        raise InputError(f"bootstrap={config.bootstrap}: allowed: 0 (none), or at least 2 resamples")
    found = read_groups(config)
    pairs = list_pairs(list(found.groups.values()))
    if not pairs:
        raise InputError(f"no two groups to compare: only {', '.join(found.groups)}")
    true_angles, words = _true_angles(config, found), AlignedWords.read(config, found)
    with start_run(config, STAGE, registered_name(config, STAGE)) as run:
        run.set_tags({"simulated": found.simulated})
        run.add_lineage(found.lineage, "the mappings")
        rows: list[Row] = []
        for pair in track(pairs, "comparing groups"):
            estimated = compare(
                pair, config.min_industry_firms, config.confidence, found.simulated, words.of(pair)
            )
            rows += estimated
            if true_angles is not None:
                rows += planted_rows(true_angles, pair, estimated)
            rows += published_angle_rows(pair)
        rows += pooled_rows(config, found, pairs)
        if config.bootstrap:
            how = config.min_industry_firms, config.bootstrap, config.seed, found.simulated
            rows += bootstrap_rows(pairs, *how)
        if config.alignment_control:
            rows += alignment_control_rows(config, found, pairs)
        for name in found.groups:
            rows += [*_accuracy_rows(name, found), *published_accuracy_rows(name)]
        results = adjust(as_table(rows))
        _save(run, results, found, config)
        run.log_metrics({"n_groups": len(found.groups), "n_pairs": len(pairs)})
    _print(run, results, found, config)
    for name, reason in words.unknown.items():
        console.print(f"errors of words not counted: {name}: {reason}", highlight=False, markup=False)
    return results


def _true_angles(config: DictConfig, found: RegisteredGroups) -> pd.DataFrame | None:
    """Planted angles of the simulated world that the mappings were made from; None for real firms."""
    if not found.simulated:
        return None
    corpus = load_corpus(config.data.root)
    if corpus.info.hash != found.lineage["corpus"]:
        raise LineageError(
            f"the mappings were made from corpus {found.lineage['corpus']} but data.root={config.data.root} "
            f"is corpus {corpus.info.hash}; give the same data.… overrides that they were trained with"
        )
    return load_truth(corpus.root).angles


def _accuracy_rows(name: str, found: RegisteredGroups) -> list[Row]:
    """Test scores of a group's mapping and of the null models beside it."""
    group = found.groups[name]
    row = Row("", "mapping", name, "", 0.0, simulated=found.simulated, models=group.model)
    return [
        replace(
            row,
            what=f"test_{score['metric']}",
            method=str(score["model"]),
            value=float(score["value"]),
            low=float(score["low"]),
            high=float(score["high"]),
            unit=unit_of(str(score["metric"])),
            n1=int(score["n"]),
        )
        for score in found.scores[name].to_dict("records")
    ]


def unit_of(metric: str) -> str:
    """Unit of a score of the mappings: those by retrieval are shares of firms, R² is its own."""
    if metric.startswith("cosine"):
        return "cosine"
    return "share" if metric.startswith("top_") else metric


def _save(run: Run, results: pd.DataFrame, found: RegisteredGroups, config: DictConfig) -> None:
    run.log_table("results", results, csv=True)
    write_json(
        run.folder / "versions.json",
        {
            "alias": config.inputs.alias,
            "simulated": found.simulated,
            "models": {
                name: {
                    "name": model.name,
                    "version": model.version,
                    "run_id": model.run_id,
                    "lineage": dict(model.lineage),
                }
                for name, model in found.models.items()
            },
            "left_out": found.left_out,
        },
    )
    save_figure(angle_figure(results, found.simulated, config.confidence), run.folder / "angles.png")
    save_figure(accuracy_figure(results, found.simulated), run.folder / "accuracies.png")
    for name in ("versions.json", "angles.png", "accuracies.png"):
        run.log_file(run.folder / name)


def _print(run: Run, results: pd.DataFrame, found: RegisteredGroups, config: DictConfig) -> None:
    for table in angle_tables(results, found.simulated, config.confidence):
        console.print(table)
    console.print(
        "1 -> 2: technology of group 1 through the matrix of group 2. same A: what the plug-in angle would read on "
        "average if A were the same. A debiased angle below 5 degrees should not be read. p: of the same A, adjusted "
        "for the number of tests (Holm).",
        highlight=False,
    )
    console.print(accuracy_table(results, found.simulated))
    for name, reason in found.left_out.items():
        console.print(f"left out: {name}: {reason}", highlight=False, markup=False)
    folder = Path(run.folder)
    console.print(f"figures and results: {folder}", highlight=False, soft_wrap=True)
