"""Stage ``mapping``: fit, score and register the conversion matrix of a country's firms of one type."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig
from rich.table import Table

from ipml.console import console
from ipml.corpus import FIRM_TYPES, Corpus, split_position
from ipml.errors import GroupTooSmallError, InputError, choice_error
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import FittedMap, fit_linear_map
from ipml.mapping import null_models, serving
from ipml.mapping.conversion import Conversion
from ipml.mapping.metrics import score_table
from ipml.tracking import register_model, start_run
from ipml.tracking.registry import registered_name
from ipml.vectors.stage import read_vectors
from ipml.vectors.table import FirmVectors

STAGE = "mapping"
MODEL = "model"

Parts = tuple[FirmVectors, FirmVectors, FirmVectors]  # training, validation, test


def train(config: DictConfig, corpus: Corpus) -> str:
    """Fit the conversion of ``config.country`` and ``config.firm_type`` and register it; returns the version.

    Parameters
    ----------
    config
        Of ``ipml train model=mapping``.
    corpus
        The corpus the firm vectors were made from.

    Raises
    ------
    InputError
        If ``firm_type`` is missing or unknown, or there are no firm vectors to read.
    GroupTooSmallError
        If the group has fewer than ``model.min_firms`` firms with both vectors.
    """
    _check(config)
    country, firm_type = config.country.name, config.firm_type
    every, lineage = read_vectors(config, corpus, country)
    vectors = every.of_type(firm_type)
    if len(vectors) < config.model.min_firms:
        raise GroupTooSmallError(
            f"{country} {firm_type}: {len(vectors)} firms with both vectors; "
            f"model.min_firms={config.model.min_firms} are needed"
        )
    train_part, validation, test = split(vectors, config)
    mean = train_part.P.mean(axis=0, dtype=np.float64)
    with start_run(config, STAGE, registered_name(config, STAGE, country, firm_type)) as run:
        run.set_tags({"country": country, "firm_type": firm_type, "simulated": corpus.info.simulated})
        run.add_lineage(lineage, f"vectors-{country}")
        fitted = _fit((train_part, validation, test), config, run.name)
        table = score_table(
            _predictions(fitted, (train_part, validation, test), config),
            test.P,
            mean,
            config.seed,
            config.model.bootstrap.resamples,
            config.model.bootstrap.level,
        )
        metrics = {**fitted.metrics, **_metrics(table), **fitted.figures}
        metrics |= {"n_train": len(train_part), "n_validation": len(validation), "n_test": len(test)}
        run.log_metrics(metrics)
        run.log_table("scores", table)
        Conversion(fitted.matrix, _settings(config, fitted, metrics)).save(run.model_folder)
        version = register_model(run, run.name, Path(serving.__file__))
    _print_result(f"{run.name} version {version}", table, metrics, corpus.info.simulated)
    return version


def split(vectors: FirmVectors, config: DictConfig) -> Parts:
    """Training, validation and test firms, by a hash of firm_id; validation is cut from training."""
    model = config.model
    firm_ids = vectors.firms["firm_id"]
    in_train = split_position(firm_ids, config.seed, STAGE) < model.train_share
    in_validation = in_train & (
        split_position(firm_ids, config.seed, f"{STAGE} validation") < model.validation_share
    )
    parts = in_train & ~in_validation, in_validation, ~in_train
    if not parts[0].any() or not parts[2].any():
        raise GroupTooSmallError(
            f"{config.country.name} {config.firm_type}: {int(parts[0].sum())} firms for training and "
            f"{int(parts[2].sum())} for test (model.train_share={model.train_share}); both are needed"
        )
    return vectors.where(parts[0]), vectors.where(parts[1]), vectors.where(parts[2])


def _fit(parts: Parts, config: DictConfig, description: str) -> FittedMap:
    pairs = [(part.T, part.P) for part in parts]
    data = PairsData(pairs[0], pairs[1], pairs[2], seed=config.seed)
    return fit_linear_map(config.model.map, config.trainer, data, description)


def _predictions(fitted: FittedMap, parts: Parts, config: DictConfig) -> dict[str, npt.NDArray[np.float64]]:
    """Predictions for the test firms by the model, the null models and the plain models, by name."""
    T, P, T_test = parts[0].T, parts[0].P, parts[2].T
    mixed = [replace(part, P=null_models.shuffled(part.P, config.seed)) for part in parts[:2]]
    wrong = _fit((mixed[0], mixed[1], parts[2]), config, "shuffled pairs")
    return {
        MODEL: T_test @ fitted.matrix.T,
        "mean_product": null_models.mean_product(P, T_test),
        "identity": null_models.identity(T_test),
        "shuffled_pairs": T_test @ wrong.matrix.T,
        "ridge": null_models.ridge(T, P, T_test),
        "orthogonal": null_models.orthogonal(T, P, T_test),
    }


def _metrics(table: pd.DataFrame) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for row in table.to_dict("records"):
        metric = row["metric"]
        if row["model"] == MODEL:
            metrics |= {f"test/{metric}": row["value"]}
            metrics |= {f"test/{metric}_{end}": row[end] for end in ("low", "high")}
        else:
            metrics[f"null/{row['model']}/{metric}"] = row["value"]
    return metrics


def _settings(config: DictConfig, fitted: FittedMap, metrics: dict[str, float]) -> dict[str, Any]:
    return {
        "country": config.country.name,
        "firm_type": config.firm_type,
        "solver": config.model.map.module._target_.rsplit(".", 1)[-1],
        "strength": fitted.figures.get("strength"),
        "seed": config.seed,
        "train_share": config.model.train_share,
        "n_train": metrics["n_train"],
        "n_test": metrics["n_test"],
        "metrics": metrics,
    }


def _check(config: DictConfig) -> None:
    if config.firm_type not in FIRM_TYPES:
        if config.firm_type is None:
            raise InputError(f"firm_type: model=mapping needs one; allowed: {', '.join(FIRM_TYPES)}")
        raise choice_error("firm_type", config.firm_type, FIRM_TYPES)
    if not 0 < config.model.train_share < 1:
        raise InputError(f"model.train_share={config.model.train_share}: allowed: more than 0, less than 1")


def _print_result(name: str, table: pd.DataFrame, metrics: dict[str, float], simulated: bool) -> None:
    title = (
        f"{name}{' (simulated)' if simulated else ''}: mean cosine of A T with P, "
        f"{metrics['n_train']:.0f} firms for training, {metrics['n_test']:.0f} for test"
    )
    shown = Table("", "cosine", "interval", "about the mean P", "interval", title=title)
    for model, rows in table.groupby("model", sort=False):
        cells = [str(model).replace("_", " ")]
        for row in rows.to_dict("records"):
            cells += [f"{row['value']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}"]
        shown.add_row(*cells)
    console.print(shown)
