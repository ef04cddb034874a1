"""Stage ``mapping_pooled``: one model of all groups whose firm vectors exist, scored beside each group's own ridge."""

from pathlib import Path
from typing import Any

import pandas as pd

from ipml.console import console, track
from ipml.corpus import Corpus
from ipml.errors import GroupTooSmallError, NotRecordedError
from ipml.mapping import null_models
from ipml.mapping.centre import choose_centre
from ipml.mapping.conversion import PooledConversion
from ipml.mapping.pooled import serving
from ipml.mapping.pooled.shrinkage import Group, Moments, Pooled, choose_shrinkage, parent_matrix, pool
from ipml.mapping.scores import held_out, score_table
from ipml.mapping.settings import PooledModel, PooledTraining
from ipml.mapping.splits import Parts, Vectors, pairs, split
from ipml.mapping.tables import group_table
from ipml.statistics.intervals import Bootstrap
from ipml.statistics.ridge_strength import strength_grid
from ipml.tracking import HeldOut, Run, TrainedModel, Workspace, finish_training
from ipml.vectors.stage import read_vectors

STAGE = "mapping_pooled"
POOLED, MEAN = "pooled", "mean_product"


def train(settings: PooledTraining, workspace: Workspace, corpus: Corpus) -> TrainedModel:
    """Fit the pooled conversions of all groups of the configuration and register them.

    Parameters
    ----------
    settings, workspace
        Of ``ipml train model=mapping_pooled``.
    corpus
        The corpus the firm vectors were made from.

    Raises
    ------
    GroupTooSmallError
        If fewer than three groups can be fitted.
    """
    centre = choose_centre(settings)
    with workspace.start_run(STAGE, workspace.name(STAGE)) as run:
        run.set_tags({"simulated": corpus.info.simulated})
        run.add_lineage(centre.lineage, f"model.centre={settings.model.centre}")
        groups, left_out = _read_groups(settings, workspace, corpus, run)
        fitted = _fit(groups, centre.vector, settings.model)
        table = pd.concat(
            [_scores(name, groups[name], fitted[name], centre.vector, settings) for name in groups],
            ignore_index=True,
        )
        run.log_table("scores", table)
        run.log_metrics(_metrics(table))
        _held_out(groups, fitted, centre.vector).log(run)
        model = _model(groups, fitted, left_out, centre.vector, settings)
        model.save(run.model_folder)
        name, matrix = next(iter(model.matrices.items()))
        served = serving.signature(), serving.example(name, matrix.shape[1])
        trained = finish_training(run, Path(serving.__file__), *served)
    simulated = " (simulated)" if corpus.info.simulated else ""
    shown = table[table["model"] != MEAN]  # about the mean it scores 0
    console.print(group_table(f"{trained.title}{simulated}: test scores by group", shown))
    for name, reason in left_out.items():
        console.print(f"left out: {name}: {reason}", highlight=False)
    return trained


def _read_groups(
    settings: PooledTraining, workspace: Workspace, corpus: Corpus, run: Run
) -> tuple[dict[Group, Parts], dict[str, str]]:
    """Firms of each group that can be fitted, and why another cannot."""
    groups: dict[Group, Parts] = {}
    left_out: dict[str, str] = {}
    for country in settings.model.countries:
        try:
            vectors, lineage = read_vectors(workspace, corpus, country)
        except NotRecordedError as error:
            left_out[country] = str(error)
            continue
        run.add_lineage(lineage, f"vectors-{country}")
        for firm_type in settings.model.firm_types:
            name = f"{country} {firm_type}"
            try:
                of_type = vectors.of_type(firm_type)
                groups[country, firm_type] = split(of_type, settings.model, settings.seed, name)
            except GroupTooSmallError as error:
                left_out[name] = str(error)
    if len(groups) < 3:
        reasons = "; ".join(left_out.values())
        raise GroupTooSmallError(f"{len(groups)} groups can be pooled, three are needed; left out: {reasons}")
    return groups, left_out


def _fit(groups: dict[Group, Parts], centre: Vectors | None, model: PooledModel) -> dict[Group, Pooled]:
    training = {name: pairs(parts.train, "forward", centre) for name, parts in groups.items()}
    moments = {name: Moments.of(*of_group) for name, of_group in training.items()}
    # In the unit of `strength_grid` for a group of mean size.
    unit = sum(float(moment.S.trace()) / len(moment.S) for moment in moments.values()) / len(moments)
    strengths = [unit * strength for strength in model.strengths]
    fitted = {}
    for name, (T, P) in track(training.items(), "pooling groups"):
        shrinkage = choose_shrinkage(name, moments, strengths, model.shares)
        others = {other: moment for other, moment in moments.items() if other != name}
        parent = parent_matrix(name, others, shrinkage)
        fitted[name] = pool(T, P, parent, shrinkage, strength_grid(T))
    return fitted


def _scores(
    name: Group, parts: Parts, fitted: Pooled, centre: Vectors | None, settings: PooledTraining
) -> pd.DataFrame:
    """Scores of a group's pooled and parent matrix, its own ridge and the mean product on its test firms."""
    T, P = pairs(parts.train, "forward", centre)
    test = pairs(parts.test, "forward", centre)
    predictions = {
        POOLED: test.source @ fitted.matrix.T,
        "parent": test.source @ fitted.parent.T,
        "ridge": null_models.ridge(T, P, test.source),
        MEAN: null_models.mean_vector(P, test.source),
    }
    origin = 0.0 if centre is None else centre
    bootstrap = settings.model.bootstrap
    table = score_table(
        {model: predicted + origin for model, predicted in predictions.items()},
        test.target + origin,
        P.mean(axis=0) + origin,
        Bootstrap(bootstrap.resamples, bootstrap.level, settings.seed),
    )
    return table.assign(group=" ".join(name))


def _held_out(groups: dict[Group, Parts], fitted: dict[Group, Pooled], centre: Vectors | None) -> HeldOut:
    tests = []
    for name, parts in groups.items():
        source = pairs(parts.test, "forward", centre).source
        tests.append((parts.test, source @ fitted[name].matrix.T))
    return held_out(tests, "forward", centre)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    """Mean over groups of each model's scores: those of the pooled matrices as ``test/…``."""
    metrics = {"n_groups": float(table["group"].nunique())}
    for model, of_model in table.groupby("model"):
        for metric, rows in of_model.groupby("metric"):
            prefix = "test" if model == POOLED else f"null/{model}"
            metrics[f"{prefix}/{metric}"] = float(rows["value"].mean())
    return metrics


def _model(
    groups: dict[Group, Parts],
    fitted: dict[Group, Pooled],
    left_out: dict[str, str],
    centre: Vectors | None,
    settings: PooledTraining,
) -> PooledConversion:
    names = {name: " ".join(name) for name in groups}
    of_groups = {
        names[name]: {
            "n_train": len(groups[name].train),
            "n_test": len(groups[name].test),
            "own_strength": pooled.own_strength,
            "shrinkage": pooled.shrinkage._asdict(),
        }
        for name, pooled in fitted.items()
    }
    kept: dict[str, Any] = {
        "groups": of_groups,
        "left_out": left_out,
        "seed": settings.seed,
        "train_share": settings.model.train_share,
        "strengths": settings.model.strengths,
        "shares": settings.model.shares,
    }
    return PooledConversion(
        {names[name]: pooled.matrix for name, pooled in fitted.items()},
        {names[name]: pooled.parent for name, pooled in fitted.items()},
        kept,
        centre,
    )
