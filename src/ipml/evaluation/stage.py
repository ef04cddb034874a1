"""Stage ``evaluate``: compare the groups whose mappings are registered."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from ipml.console import track
from ipml.corpus import load_corpus
from ipml.errors import InputError, LineageError
from ipml.evaluation.pairs import list_pairs
from ipml.evaluation.read_groups import RegisteredGroups, read_groups
from ipml.evaluation.read_words import AlignedWords
from ipml.evaluation.results import Row, adjust, as_table
from ipml.evaluation.rows.alignment_control import alignment_control_rows
from ipml.evaluation.rows.angles import compare
from ipml.evaluation.rows.bootstrap import bootstrap_rows
from ipml.evaluation.rows.planted import planted_rows
from ipml.evaluation.rows.pooled import pooled_rows
from ipml.evaluation.rows.published import published_accuracy_rows, published_angle_rows
from ipml.files import write_json
from ipml.simulation.truth import load_truth
from ipml.tracking import Run, start_run
from ipml.tracking.registry import registered_name

STAGE = "evaluate"


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes
    ----------
    results
        Tidy rows (`results.Row`), as they are saved.
    simulated
        Whether the firms are.
    confidence
        Nominal coverage of the intervals.
    notes
        What was left out, and why: a line each.
    folder
        Of the run.
    """

    results: pd.DataFrame
    simulated: bool
    confidence: float
    notes: Sequence[str]
    folder: Path


Draw = Callable[[Evaluation], Iterable[Path]]


def no_figures(evaluation: Evaluation) -> Iterable[Path]:
    """Draw nothing."""
    return []


def evaluate(config: DictConfig, draw: Draw = no_figures) -> Evaluation:
    """Compare all pairs of countries within a firm type and all pairs of firm types within a country.

    Parameters
    ----------
    config
        Of ``ipml evaluate``.
    draw
        Saves figures in the run's folder and returns their paths; the run keeps them.

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
        notes = [
            *(f"left out: {name}: {reason}" for name, reason in found.left_out.items()),
            *(f"errors of words not counted: {name}: {reason}" for name, reason in words.unknown.items()),
        ]
        _save(run, results, found, config)
        evaluation = Evaluation(results, found.simulated, config.confidence, notes, Path(run.folder))
        for figure in draw(evaluation):
            run.log_file(figure)
        run.log_metrics({"n_groups": len(found.groups), "n_pairs": len(pairs)})
    return evaluation


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
    run.log_file(run.folder / "versions.json")
