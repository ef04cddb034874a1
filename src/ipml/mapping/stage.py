"""Stage ``mapping``: fit, score and register the conversion matrix of a country's firms of one type."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from pytorch_lightning.loggers import Logger

from ipml.allowed import check_start
from ipml.codes import code_names, unknown_code
from ipml.console import console
from ipml.corpus import Corpus
from ipml.errors import InputError, choice_error
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import FittedMap, fit_linear_map
from ipml.linear_map.solvers import Matrix
from ipml.mapping import null_models, serving
from ipml.mapping.ceiling import CEILING, Measured, ceiling_table
from ipml.mapping.centre import choose_centre
from ipml.mapping.conversion import Conversion
from ipml.mapping.gradient_descent import open_start
from ipml.mapping.scores import held_out, score_table
from ipml.mapping.splits import DIRECTIONS, Pairs, PartPairs, error_pairs, pairs, split
from ipml.mapping.tables import result_table
from ipml.tracking import TrainedModel, finish_training, start_run
from ipml.tracking.epoch_loggers import epoch_loggers
from ipml.tracking.registry import find_checkpoint, registered_name
from ipml.tracking.runs import Listener, report
from ipml.vectors.stage import read_vectors
from ipml.vectors.text_vectors import text_vectors_of_run

STAGE = "mapping"
MODEL = "model"


def train(config: DictConfig, corpus: Corpus) -> TrainedModel:
    """Fit the conversion of ``config.country`` and ``config.firm_type`` and register it.

    Parameters
    ----------
    config
        Of ``ipml train model=mapping`` (or ``mapping_reverse``: products into technology).
    corpus
        The corpus the firm vectors were made from.

    Raises
    ------
    InputError
        If ``firm_type`` is missing or unknown, or there are no firm vectors to read; or if the model
        that ``ckpt_path`` names is not one to start from.
    GroupTooSmallError
        If the group has fewer than ``model.min_firms`` firms with both vectors.
    """
    _check(config)
    country, firm_type, direction = config.country.name, config.firm_type, config.model.direction
    every, lineage = read_vectors(config, corpus, country)
    parts = split(every.of_type(firm_type), config, f"{country} {firm_type}")
    texts = text_vectors_of_run(config, lineage[registered_name(config, "vectors", country)])
    centre = choose_centre(config)
    stage = DIRECTIONS[direction]
    checkpoint = find_checkpoint(config)
    start = None
    if checkpoint is not None:
        shape = parts.train.P.shape[1], parts.train.T.shape[1]
        start = open_start(checkpoint, config, shape, centre.vector)
    with start_run(config, stage, registered_name(config, stage, country, firm_type)) as run:
        run.set_tags({"country": country, "firm_type": firm_type, "simulated": corpus.info.simulated})
        run.add_lineage(lineage, f"vectors-{country}")
        run.add_lineage(centre.lineage, f"model.centre={config.model.centre}")
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(run.name), "ckpt_path")
        of_parts = PartPairs(*(pairs(firms, direction, centre.vector) for firms in parts))
        fitted = _fit(of_parts, config, run.name, epoch_loggers(config, run)("fit"), report, start)
        errors = error_pairs(parts.test, direction)
        table = _scores(fitted, of_parts, errors, centre.vector, config)
        metrics = {**fitted.metrics, **_metrics(table), **fitted.figures}
        metrics |= {f"n_{part}": len(firms) for part, firms in parts._asdict().items()}
        run.log_metrics(metrics)
        run.log_table("scores", table)
        predicted = of_parts.test.source @ fitted.matrix.T
        held_out([(parts.test, predicted)], direction, centre.vector).log(run)
        settings = _settings(config, fitted, metrics)
        settings["texts"] = texts.save(run.model_folder)
        Conversion(fitted.matrix, settings, centre.vector).save(run.model_folder)
        served = serving.signature(direction), serving.example(direction)
        trained = finish_training(run, Path(serving.__file__), *served)
    title = (
        f"{trained.title}{' (simulated)' if corpus.info.simulated else ''}: test scores, "
        f"{len(parts.train)} firms for training, {len(parts.test)} for test"
    )
    console.print(result_table(title, table))
    return trained


def _fit(
    parts: PartPairs,
    config: DictConfig,
    description: str,
    loggers: Sequence[Logger] = (),
    on_epoch: Listener | None = None,
    start: Matrix | None = None,
) -> FittedMap:
    data = PairsData(parts.train, parts.validation, parts.test, seed=config.seed)
    return fit_linear_map(config.model.map, config.trainer, data, description, loggers, on_epoch, start)


def _scores(
    fitted: FittedMap,
    parts: PartPairs,
    errors: Pairs | None,
    centre: npt.NDArray[np.float64] | None,
    config: DictConfig,
) -> pd.DataFrame:
    """Scores of the model, its ceiling, the null models and the plain models on the test firms.

    ``errors`` are those of the test firms' vectors; without them there is no ceiling.
    """
    mixed = [Pairs(part.source, null_models.shuffled(part.target, config.seed)) for part in parts[:2]]
    shuffled = _fit(PartPairs(mixed[0], mixed[1], parts.test), config, "shuffled pairs")
    source, target = parts.train
    test = parts.test
    side = "product" if config.model.direction == "forward" else "technology"
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
    how = (config.seed, config.model.bootstrap.resamples, config.model.bootstrap.level)
    table = score_table(predictions, real, mean, *how)
    if errors is None:
        return table
    ceiling = ceiling_table(
        Measured(predictions[MODEL], errors.source @ fitted.matrix.T),
        Measured(real, errors.target),
        mean,
        *how,
    )
    return pd.concat([table, ceiling], ignore_index=True)


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for row in table.to_dict("records"):
        metric = row["metric"]
        if row["model"] == MODEL:
            metrics |= {f"test/{metric}": row["value"]}
            metrics |= {f"test/{metric}_{end}": row[end] for end in ("low", "high")}
        elif row["model"] == CEILING:
            metrics |= {f"ceiling/{metric}": row["value"], "ceiling/n": row["n"]}
        else:
            metrics[f"null/{row['model']}/{metric}"] = row["value"]
    return metrics


def _settings(config: DictConfig, fitted: FittedMap, metrics: dict[str, float]) -> dict[str, Any]:
    return {
        "country": config.country.name,
        "firm_type": config.firm_type,
        "direction": config.model.direction,
        "solver": config.model.map.module._target_.rsplit(".", 1)[-1],
        "strength": fitted.figures.get("strength"),
        "seed": config.seed,
        "train_share": config.model.train_share,
        "n_train": metrics["n_train"],
        "n_test": metrics["n_test"],
        "metrics": metrics,
    }


def _check(config: DictConfig) -> None:
    check_start(config)
    if config.firm_type not in (firm_types := code_names("firm_type")):
        if config.firm_type is None:
            raise InputError(f"firm_type: model=mapping needs one; allowed: {', '.join(firm_types)}")
        raise unknown_code("firm_type", config.firm_type, "firm_type", firm_types)
    if config.model.direction not in DIRECTIONS:
        raise choice_error("model.direction", config.model.direction, DIRECTIONS)
    if not 0 < config.model.train_share < 1:
        raise InputError(f"model.train_share={config.model.train_share}: allowed: more than 0, less than 1")
