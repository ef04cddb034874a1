"""Stage ``specification_curve``: one pair's angle in all finished evaluations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipml.alignment.registered import alignment_name, needs_alignment
from ipml.alignment.settings import AlignmentModel, FusedAlignmentModel
from ipml.codes import code_names
from ipml.console import track
from ipml.errors import InputError, LineageError, NotRecordedError
from ipml.evaluation.corpus_check import named_corpus
from ipml.evaluation.earlier_runs import AlignmentRun, EvaluationRun, KeywordsRun, MappingRun, VectorsRun
from ipml.evaluation.results import DEBIASED, MEAN, PLUG_IN
from ipml.evaluation.settings import SpecificationCurveSettings
from ipml.evaluation.specifications.choices import one_a_specification
from ipml.evaluation.stage import STAGE as EVALUATE
from ipml.linear_map.settings import LinearMap
from ipml.settings import GroupKey, Selection, read_pair
from ipml.tracking import Lineage, ModelReference, StoredRun, Workspace
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.table import vectors_are_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STAGE = "specification_curve"
CHOICES = (
    "solver",
    "centre",
    "vectors",
    "embeddings",
    "aligner",
    "calibrated",
    "keywords",
    "products",
    "patents",
)


@dataclass(frozen=True)
class Curve:
    """Angles of a pair: one row a specification, as `choices.one_a_specification` gives them.

    Attributes
    ----------
    table
        The specifications.
    title
        What they are of.
    confidence
        Nominal coverage of the intervals.
    n_older
        Evaluations left out, because older versions made a run behind them.
    n_others
        Evaluations left out, because they are of another corpus than the one that the command names.
    folder
        Of the run.
    """

    table: pd.DataFrame
    title: str
    confidence: float
    n_older: int
    n_others: int
    folder: Path


def collect_curve(
    settings: SpecificationCurveSettings,
    workspace: Workspace,
    draw: "Callable[[Curve], Figure] | None" = None,
) -> Curve:
    """Collect the angles of ``settings.pair`` and save them.

    Parameters
    ----------
    settings
        Of ``ipml specification_curve``.
    workspace
        Where the evaluations are, and the run will be.
    draw
        Draws the figure; the run keeps it.

    Raises
    ------
    InputError
        If no evaluation has the pair.
    LineageError
        If all evaluations are of another corpus than the one that the command names, or, where it names none, of more
        than one.
    """
    pair = pair_name(*read_pair(settings.pair))
    rows: list[dict[str, Any]] = []
    lineage = Lineage()
    n_older = 0
    others: list[str] = []
    for namespace in settings.namespaces:
        there = Workspace(settings.model_copy(update={"namespace": namespace}))
        named = named_corpus(there, settings.data)
        for evaluation in track(there.find_runs(EVALUATE), "reading evaluations"):
            try:
                row = _row(there, evaluation, pair, settings.level)
            except NotRecordedError:  # a run behind it was made when a choice was none yet
                n_older += 1
                continue
            if row is None:
                continue
            corpus = evaluation.lineage["corpus"]
            if named not in (None, corpus):
                others.append(corpus)
                continue
            lineage = lineage.merge({"corpus": corpus}, "an evaluation", f"run {evaluation.id}")
            rows.append(row)
    if not rows and others:
        raise LineageError(
            f"pair={settings.pair}: the evaluations of {pair} in namespaces={settings.namespaces} are of corpus "
            f"{', '.join(dict.fromkeys(others))}, not of data.root={settings.data.root}; name theirs: data=corpus "
            "data.root=…, or the data.… overrides of their world"
        )
    if not rows:
        older = f"; {n_older} lack a table or a choice, as those of older versions do" if n_older else ""
        raise InputError(
            f"pair={settings.pair}: no finished evaluation of {pair} in namespaces={settings.namespaces}{older}"
        )
    rows.sort(key=lambda row: row["ended"])
    confidences = {row["confidence"] for row in rows}
    if len(confidences) > 1:
        raise InputError(f"evaluations with different confidence: {', '.join(map(str, sorted(confidences)))}")
    table = one_a_specification(rows, CHOICES).drop(columns=["ended", "confidence"])
    table.insert(0, "pair", pair)
    mark = " (simulated)" if table["simulated"].any() else ""
    with workspace.start_run(STAGE, workspace.name(STAGE, pair.replace(" ", "-"))) as run:
        run.add_lineage(lineage, "the evaluations")
        run.set_tags({"simulated": bool(mark)})
        run.log_table("specifications", table, csv=True)
        title = f"{pair}, {settings.level.replace('_', ' ')}: angle by specification{mark}"
        curve = Curve(table, title, confidences.pop(), n_older, len(others), run.folder)
        if draw is not None:
            run.save_figure(draw(curve), "specifications")
    return curve


def pair_name(first: GroupKey, second: GroupKey) -> str:
    """Name of a pair as `pairs.Pair` has it, in whichever order the groups are given."""
    countries, firm_types = code_names("country"), code_names("firm_type")
    (country, firm_type), (other_country, other_type) = sorted(
        (first, second), key=lambda key: (countries.index(key[0]), firm_types.index(key[1]))
    )
    if firm_type == other_type:
        return f"{country}-{other_country} {firm_type}"
    if country == other_country:
        return f"{country} {firm_type}-{other_type}"
    raise InputError(
        f"pair=[{country}-{firm_type},{other_country}-{other_type}]: evaluation compares groups that differ in "
        "country or in firm type, not in both"
    )


def _row(workspace: Workspace, run: StoredRun, pair: str, level: str) -> dict[str, Any] | None:
    """Choices and angles of an evaluation; None where it has not this pair."""
    results = workspace.load_table(run.id, "results")
    shown = results[
        (results["what"] == "angle")
        & (results["group"] == pair)
        & (results["direction"] == MEAN)
        & (results["level"] == level)
    ]
    angles: dict[Any, dict[Any, Any]] = {row["method"]: row for row in shown.to_dict("records")}
    if DEBIASED not in angles:
        return None
    debiased = angles[DEBIASED]
    return {
        **_choices(workspace, str(debiased["models"]).split()),
        "plug_in": float(angles[PLUG_IN]["value"]),
        **{
            name: float(debiased[column])
            for name, column in (("debiased", "value"), ("low", "low"), ("high", "high"))
        },
        "n1": int(debiased["n1"]),
        "n2": int(debiased["n2"]),
        "simulated": bool(debiased["simulated"]),
        "models": debiased["models"],
        "run_id": run.id,
        "ended": run.ended,
        "confidence": float(workspace.load_settings(run.id, EvaluationRun).confidence),
    }


def _choices(workspace: Workspace, models: Iterable[str]) -> dict[str, str]:
    """What was chosen for the mappings of a pair, read from the configurations of the runs behind them."""
    found: dict[str, list[str]] = {name: [] for name in CHOICES}
    for reference in models:
        model = workspace.find_model(reference)
        mapping = workspace.load_settings(model.run_id, MappingRun)
        country = mapping.country.name
        vectors = workspace.load_settings(model.lineage[workspace.name(VECTORS, country)], VectorsRun)
        keywords = workspace.load_settings(model.lineage[workspace.name("keywords", country)], KeywordsRun)
        found["solver"].append(_solver(mapping.model.map))
        found["centre"].append(str(mapping.model.centre or "none"))
        found["vectors"].append(vectors_are_of(model.lineage))
        found["embeddings"].append(vectors.embeddings.name)
        found["keywords"].append(_selection(keywords.selection))
        found["products"].append(vectors.products.weight)
        found["patents"].append(f"{vectors.patents.weight} of {'+'.join(vectors.patents.fields)}")
        for code in dict.fromkeys((vectors.language, vectors.patents.language)):
            if needs_alignment(vectors.embeddings, code, workspace.settings.reference_language):
                name = alignment_name(workspace, code)
                aligned = workspace.find_model(ModelReference(name, version=model.lineage[name]))
                found["aligner"].append(_aligner(workspace.load_settings(aligned.run_id, AlignmentRun).model))
                found["calibrated"].append("yes" if vectors.calibrated else "no")
    return {name: " / ".join(dict.fromkeys(values)) or "none" for name, values in found.items()}


def _solver(linear_map: LinearMap) -> str:
    target = linear_map.module.get("solver", linear_map.module)["_target_"]
    return str(target).rsplit(".", 1)[-1]


def _aligner(model: AlignmentModel | FusedAlignmentModel) -> str:
    return "fused" if isinstance(model, FusedAlignmentModel) else _solver(model.map)


def _selection(of: Selection) -> str:
    contrast = "" if of.min_contrast is None else f", contrast {of.min_contrast:g}"
    return f"{of.rule} {of.amount:g}{contrast}"
