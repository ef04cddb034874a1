"""Stage ``mapping``: fit, score and register the conversion matrix of a country's firms of one type."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pytorch_lightning.loggers import Logger

from ipml.console import console
from ipml.corpus import Corpus
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import FittedMap, fit_linear_map
from ipml.linear_map.solvers import Matrix
from ipml.mapping import null_models, serving
from ipml.mapping.ceiling import CEILING, Measured, ceiling_table
from ipml.mapping.centre import choose_centre
from ipml.mapping.conversion import Conversion
from ipml.mapping.gradient_descent import open_start
from ipml.mapping.scores import held_out, score_table
from ipml.mapping.settings import MappingTraining
from ipml.mapping.splits import DIRECTIONS, Pairs, PartPairs, error_pairs, pairs, split
from ipml.mapping.tables import result_table
from ipml.statistics.intervals import Bootstrap, with_interval
from ipml.tracking import TrainedModel, Workspace, finish_training
from ipml.tracking.runs import Listener, report_score
from ipml.vectors.stage import STAGE as VECTORS
from ipml.vectors.stage import read_vectors
from ipml.vectors.text_vectors import text_vectors_of_run

STAGE = "mapping"
MODEL = "model"


def train(settings: MappingTraining, workspace: Workspace, corpus: Corpus) -> TrainedModel:
    """Fit the conversion of the firms of ``country`` and ``firm_type`` and register it.

    Parameters
    ----------
    settings, workspace
        Of ``ipml train model=mapping`` (or ``mapping_reverse``: products into technology).
    corpus
        The corpus the firm vectors were made from.

    Raises
    ------
    InputError
        If there are no firm vectors to read, or the model that ``ckpt_path`` names is not one to start from.
    GroupTooSmallError
        If the group has fewer than ``model.min_firms`` firms with both vectors.
    """
    model, country, firm_type = settings.model, settings.country.name, str(settings.firm_type)
    every, lineage = read_vectors(workspace, corpus, country)
    parts = split(every.of_type(firm_type), model, settings.seed, f"{country} {firm_type}")
    texts = text_vectors_of_run(workspace, lineage[workspace.name(VECTORS, country)])
    centre = choose_centre(settings)
    stage = DIRECTIONS[model.direction]
    checkpoint = workspace.find_checkpoint(settings.ckpt_path)
    start = None
    if checkpoint is not None:
        shape = parts.train.P.shape[1], parts.train.T.shape[1]
        start = open_start(checkpoint, settings, shape, centre.vector)
    with workspace.start_run(stage, workspace.name(stage, country, firm_type)) as run:
        run.set_tags({"country": country, "firm_type": firm_type, "simulated": corpus.info.simulated})
        run.add_lineage(lineage, f"vectors-{country}")
        run.add_lineage(centre.lineage, f"model.centre={model.centre}")
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(run.name), "ckpt_path")
        of_parts = PartPairs(*(pairs(firms, model.direction, centre.vector) for firms in parts))
        loggers = workspace.epoch_loggers(run)("fit")
        fitted = _fit(of_parts, settings, run.name, loggers, report_score, start)
        errors = error_pairs(parts.test, model.direction)
        table = _scores(fitted, of_parts, errors, centre.vector, settings)
        metrics = {**fitted.metrics, **_metrics(table), **fitted.figures}
        metrics |= {f"n_{part}": len(firms) for part, firms in parts._asdict().items()}
        run.log_metrics(metrics)
        run.log_table("scores", table)
        predicted = of_parts.test.source @ fitted.matrix.T
        held_out([(parts.test, predicted)], model.direction, centre.vector).log(run)
        kept = _kept_settings(settings, fitted, metrics)
        kept["texts"] = texts.save(run.model_folder)
        Conversion(fitted.matrix, kept, centre.vector).save(run.model_folder)
        served = serving.signature(model.direction), serving.example(texts, model.direction)
        trained = finish_training(run, Path(serving.__file__), *served)
    title = (
        f"{trained.title}{' (simulated)' if corpus.info.simulated else ''}: test scores, "
        f"{len(parts.train)} firms for training, {len(parts.test)} for test"
    )
    console.print(result_table(title, table))
    return trained


def _fit(
    parts: PartPairs,
    settings: MappingTraining,
    description: str,
    loggers: Sequence[Logger] = (),
    on_epoch: Listener | None = None,
    start: Matrix | None = None,
) -> FittedMap:
    data = PairsData(parts.train, parts.validation, parts.test, seed=settings.seed)
    return fit_linear_map(settings.model.map, settings.trainer, data, description, loggers, on_epoch, start)


def _scores(
    fitted: FittedMap,
    parts: PartPairs,
    errors: Pairs | None,
    centre: npt.NDArray[np.float64] | None,
    settings: MappingTraining,
) -> pd.DataFrame:
    """Scores of the model, its ceiling, the null models and the plain models on the test firms.

    ``errors`` are those of the test firms' vectors; without them there is no ceiling.
    """
    mixed = [Pairs(part.source, null_models.shuffled(part.target, settings.seed)) for part in parts[:2]]
    shuffled = _fit(PartPairs(mixed[0], mixed[1], parts.test), settings, "shuffled pairs")
    source, target = parts.train
    test = parts.test
    side = "product" if settings.model.direction == "forward" else "technology"
    predictions = {
        MODEL: test.source @ fitted.matrix.T,
        f"mean_{side}": null_models.mean_vector(target, test.source),
        "identity": null_models.identity(test.source),
        "shuffled_pairs": test.source @ shuffled.matrix.T,
        "ridge": null_models.ridge(source, target, test.source),
        "orthogonal": null_models.orthogonal(source, target, test.source),
    }
    origin = 0.0 if centre is None else centre  # scores are those of the vectors themselves
    predictions = {name: predicted + origin for name, predicted in predictions.items()}
    real, mean = test.target + origin, target.mean(axis=0) + origin
    given = settings.model.bootstrap
    bootstrap = Bootstrap(given.resamples, given.level, settings.seed)
    table = score_table(predictions, real, mean, bootstrap)
    if errors is None:
        return table
    ceiling = ceiling_table(
        Measured(predictions[MODEL], errors.source @ fitted.matrix.T),
        Measured(real, errors.target),
        mean,
        bootstrap,
    )
    return pd.concat([table, ceiling], ignore_index=True)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for row in table.to_dict("records"):
        metric = row["metric"]
        if row["model"] == MODEL:
            metrics |= with_interval(f"test/{metric}", row["value"], row["low"], row["high"])
        elif row["model"] == CEILING:
            metrics |= {f"ceiling/{metric}": row["value"], "ceiling/n": row["n"]}
        else:
            metrics[f"null/{row['model']}/{metric}"] = row["value"]
    return metrics


def _kept_settings(settings: MappingTraining, fitted: FittedMap, metrics: dict[str, float]) -> dict[str, Any]:
    """Plain settings that the model keeps."""
    return {
        "country": settings.country.name,
        "firm_type": settings.firm_type,
        "direction": settings.model.direction,
        "solver": settings.model.map.solver,
        "strength": fitted.figures.get("strength"),
        "seed": settings.seed,
        "train_share": settings.model.train_share,
        "n_train": metrics["n_train"],
        "n_test": metrics["n_test"],
        "metrics": metrics,
    }
