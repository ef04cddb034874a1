"""Stage ``evaluate``: compare the groups whose mappings are registered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ipml.corpus import load_corpus
from ipml.errors import InputError, LineageError
from ipml.evaluation.corpus_check import check_corpus
from ipml.evaluation.evaluators import Evaluators
from ipml.evaluation.model_diagnostics import ModelDiagnostics
from ipml.evaluation.pairs import list_pairs
from ipml.evaluation.read_groups import RegisteredGroups, read_groups
from ipml.evaluation.read_words import AlignedWords, words_of_countries
from ipml.evaluation.results import adjust, as_table, left_out_notes, left_out_table
from ipml.evaluation.rows.context import Context
from ipml.evaluation.settings import EvaluateSettings
from ipml.files import write_json
from ipml.simulation.truth import load_truth
from ipml.tracking import Run, Workspace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    vectors
        What the firms' vectors are of: ``words`` or ``texts``.
    confidence
        Nominal coverage of the intervals.
    notes
        What was left out, and why: a line each.
    folder
        Of the run.
    """

    results: pd.DataFrame
    simulated: bool
    vectors: str
    confidence: float
    notes: Sequence[str]
    folder: Path


Draw = Callable[[Evaluation], Mapping[str, "Figure"]]


def no_figures(evaluation: Evaluation) -> "Mapping[str, Figure]":
    """Draw nothing."""
    return {}


def evaluate(settings: EvaluateSettings, workspace: Workspace, draw: Draw = no_figures) -> Evaluation:
    """Compare all pairs of countries within a firm type and all pairs of firm types within a country.

    Parameters
    ----------
    settings
        Of ``ipml evaluate``.
    workspace
        Where the models are, and the run will be.
    draw
        Draws figures, by name; the run keeps them.

    Raises
    ------
    InputError
        If no mapping can be read, one is broken, no two of them can be compared, or an evaluator is none.
    LineageError
        If the mappings do not belong together, or the simulated world at ``data.root`` is not theirs.
    """
    evaluators = Evaluators.of(settings.evaluators)
    wanted = [(country, firm_type) for country in settings.countries for firm_type in settings.firm_types]
    found = read_groups(workspace, wanted, settings.inputs.alias, settings.min_firms, settings.clusters)
    check_corpus(workspace, settings.data, found, wanted, settings.inputs.alias)
    groups = list(found.groups.values())
    pairs = list_pairs(groups)
    if not pairs:
        raise InputError(f"no two groups to compare: only {', '.join(found.groups)}")
    words = words_of_countries(workspace, found)
    context = Context(
        found=found,
        groups=groups,
        pairs=pairs,
        words=words,
        aligned_words=AlignedWords.read(words),
        true_angles=_true_angles(found, Path(settings.data.root)),
        workspace=workspace,
        alias=settings.inputs.alias,
        min_industry_firms=settings.min_industry_firms,
        confidence=settings.confidence,
        seed=settings.seed,
    )
    with workspace.start_run(STAGE, workspace.name(STAGE)) as run:
        run.set_tags({"simulated": found.simulated, "vectors": found.vectors})
        run.add_lineage(found.lineage, "the mappings")
        diagnostics = ModelDiagnostics.read(workspace, found)
        rows = [replace(row, vectors=row.vectors or found.vectors) for row in evaluators.rows(context)]
        results = diagnostics.add_to(adjust(as_table(rows)), pairs)
        _save(run, results, found, settings.inputs.alias)
        run.log_table("left_out_rows", left_out_table(context.left_out), csv=True)
        notes = [
            *diagnostics.notes(),
            *(f"left out: {name}: {reason}" for name, reason in found.left_out.items()),
            *(
                f"errors of words not counted: {name}: {reason}"
                for name, reason in context.aligned_words.unknown.items()
            ),
            *left_out_notes(context.left_out),
            *context.notes,
        ]
        evaluation = Evaluation(
            results, found.simulated, found.vectors, settings.confidence, notes, run.folder
        )
        for name, figure in draw(evaluation).items():
            run.save_figure(figure, name)
        run.log_metrics({"n_groups": len(found.groups), "n_pairs": len(pairs)})
    return evaluation


def _true_angles(found: RegisteredGroups, root: Path) -> pd.DataFrame | None:
    """Planted angles of the simulated world that the mappings were made from; None for real firms."""
    if not found.simulated:
        return None
    corpus = load_corpus(root)
    # So it is in a namespace of its own, beside the world that is there by default.
    if corpus.info.hash != found.lineage["corpus"]:
        raise LineageError(
            f"the mappings were made from corpus {found.lineage['corpus']} but data.root={root} "
            f"is corpus {corpus.info.hash}; give the same data.… overrides that they were trained with"
        )
    return load_truth(corpus.root).angles


def _save(run: Run, results: pd.DataFrame, found: RegisteredGroups, alias: str) -> None:
    run.log_table("results", results, csv=True)
    write_json(
        run.folder / "versions.json",
        {
            "alias": alias,
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
