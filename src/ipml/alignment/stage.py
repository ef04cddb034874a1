"""Stage ``alignment``: fit, score and register the map from a language's word vectors to the reference language's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.alignment import serving
from ipml.alignment.accuracy import metrics_of, ranks_of, result_table, score_table
from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.data import AlignmentData
from ipml.alignment.refits import calibrate, fit_bootstrap
from ipml.alignment.registered import STAGE, alignment_name
from ipml.alignment.settings import AlignmentTraining, Training
from ipml.alignment.task import AlignmentTask, open_task
from ipml.console import console
from ipml.corpus import Corpus
from ipml.files import short_hash
from ipml.linear_map.fitting import FittedMap, fit_linear_map
from ipml.linear_map.solvers import Matrix, random_orthogonal
from ipml.statistics.intervals import Bootstrap
from ipml.tracking import HeldOut, TrainedModel, Workspace, finish_training
from ipml.tracking.model_files import Checkpoint
from ipml.tracking.runs import Run, report_score

Ranks = npt.NDArray[np.int64]


def train(settings: AlignmentTraining, workspace: Workspace, corpus: Corpus) -> TrainedModel:
    """Fit the alignment of ``language`` with the reference language and register it.

    The training dictionary alone decides the map: a validation part of it is held out by a hash of the source
    word, and a source word of the test dictionary is never trained on. No text of the corpus is read, so
    the lineage names vectors and dictionaries but no corpus.

    Raises
    ------
    InputError
        If the language needs no alignment, a dictionary is missing or malformed, or no pair has vectors; or
        if the model that ``ckpt_path`` names is not one to start from.
    """
    task, model = open_task(settings), settings.model
    checkpoint = workspace.find_checkpoint(settings.ckpt_path)
    start = None if checkpoint is None else open_start(checkpoint, task, settings.seed)
    with start_alignment(settings, workspace, task) as run:
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(run.name), "ckpt_path")
        data = task.data(model.pair_weights, settings.seed)
        loggers = workspace.epoch_loggers(run)("fit")
        line = f"alignment {task.pair}"
        fitted = fit_linear_map(model.map, settings.trainer, data, line, loggers, report_score, start)
        ranks, validation = linear_ranks(settings, task, data, fitted)
        figures, method = {**fitted.metrics, **fitted.figures}, model.retrieval.method
        log_scores(run, settings, task, data, ranks, validation, figures, method)
        alignment = linear_alignment(settings, task, data, fitted, run)
        if model.bootstrap_maps:
            fit_bootstrap(settings, task, data, alignment, run.model_folder)
        alignment.save(run.model_folder)
        example = pd.DataFrame({"text": list(task.source.words[:2])})
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    console.print(trained.title)
    return trained


@contextmanager
def start_alignment(settings: Training, workspace: Workspace, task: AlignmentTask) -> Iterator[Run]:
    """Open the run of an alignment, tagged with the vectors and dictionaries that it stands on."""
    with workspace.start_run(STAGE, alignment_name(workspace, settings.language)) as run:
        # No text of the corpus is read: the vectors alone say whether the world is a simulated one.
        run.set_tags({"pair": task.pair, "simulated": settings.embeddings.name == "simulated"})
        for language in task.languages:
            run.add_lineage(language.lineage, f"language {language.code}")
        run.add_lineage({f"lexicon-{task.pair}": task.dictionaries}, "the dictionaries")
        yield run


def linear_ranks(
    settings: Training, task: AlignmentTask, data: AlignmentData, fitted: FittedMap
) -> tuple[dict[str, Ranks], Ranks]:
    """Ranks of the test words under the fitted map and a random one, and of the validation words under the fitted."""
    words, k, retrieval = task.words(), max(settings.model.accuracy_at), settings.model.retrieval
    random_map = random_orthogonal(data.Y.shape[1], data.X.shape[1], settings.seed)
    test, validation = ranks_of(fitted.matrix, data.X, data.Y, words, k, retrieval, fitted.search_matrix)
    by_chance = ranks_of(random_map, data.X, data.Y, words[:1], k, retrieval)[0]
    return {"fitted": test, "random_map": by_chance}, validation


def log_scores(
    run: Run,
    settings: Training,
    task: AlignmentTask,
    data: AlignmentData,
    ranks: Mapping[str, Ranks],
    validation: Ranks,
    metrics: Mapping[str, float],
    search: str,
) -> None:
    """Log accuracy@k of each model on the test words and of the registered one on validation words, and print it.

    Parameters
    ----------
    ranks
        Of the test words by model; ``fitted`` is the one that is registered.
    validation
        Ranks of the validation words under that.
    metrics
        Further metrics of the fit.
    search
        How words were searched, for the title.
    """
    words, model = task.words()[0], settings.model
    bootstrap = Bootstrap(model.bootstrap.resamples, model.bootstrap.level, settings.seed)
    table = score_table(ranks, words, len(data.Y), model.accuracy_at, bootstrap)
    logged = {**metrics, **metrics_of(table), **words.coverage()}
    if len(validation):
        logged["val/accuracy_at_1"] = float((validation <= 1).mean())
    logged |= {"n_train_pairs": len(data.train_rows), "n_validation_pairs": len(data.validation_rows)}
    run.log_metrics(logged)
    run.log_table("accuracy", table)
    _held_out(task, ranks["fitted"]).log(run)
    simulated = " (simulated)" if settings.embeddings.name == "simulated" else ""
    title = (
        f"{run.name}{simulated}: accuracy@k by {search} among {len(data.Y)} words of {task.languages[1].code}; "
        f"{logged['test/coverage']:.1%} of {len(words)} test words have vectors and a known translation"
    )
    console.print(result_table(title, table, model.bootstrap.level))


def _held_out(task: AlignmentTask, ranks: Ranks) -> HeldOut:
    """Whether the first answer is right, for each test word that has a vector."""
    data = {
        "test dictionary": task.test.fingerprint,
        "searched words": short_hash(*task.target.words),
    }
    units = [task.source.words[row] for row in task.words()[0].rows.tolist()]
    return HeldOut("accuracy_at_1", data, units, (ranks <= 1).astype(np.float64))


def linear_alignment(
    settings: Training, task: AlignmentTask, data: AlignmentData, fitted: FittedMap, run: Run
) -> Alignment:
    """Make the model that is saved of a fitted map, calibrated on the training words."""
    kept: dict[str, Any] = {
        "pair": task.pair,
        "solver": settings.model.map.module["_target_"],
        "figures": fitted.figures,
        "source_dimension": fitted.matrix.shape[1],
        "target_dimension": fitted.matrix.shape[0],
        "seed": settings.seed,
        "lineage": dict(run.lineage),
        "source_language": task.languages[0].settings,
    }
    alignment = Alignment(
        fitted.matrix,
        *task.means,
        length_ratio(fitted.matrix, data.X, data.Y),
        task.steps,
        kept,
        fitted.search_matrix,
    )
    return calibrate(settings, task, data, alignment)


def open_start(checkpoint: Checkpoint, task: AlignmentTask, seed: int) -> Matrix:
    """Open the matrix to start from.

    Parameters
    ----------
    checkpoint
        The saved model; how it was solved does not matter.
    task, seed
        Of this training.

    Raises
    ------
    InputError
        If it is no linear alignment, or one of other vectors, dictionaries, preprocessing, seed or dimension.
    """
    alignment = checkpoint.open(Alignment.load)
    lineage = {f"lexicon-{task.pair}": task.dictionaries}
    for language in task.languages:
        lineage |= language.lineage
    settings = alignment.settings
    trained = {name: settings["lineage"].get(name, "nothing of that name") for name in lineage}
    checkpoint.check_same(
        {"pair": settings["pair"], **trained, "seed": settings["seed"], "model.steps": list(alignment.steps)},
        {"pair": task.pair, **lineage, "seed": seed, "model.steps": list(task.steps)},
    )
    shape = task.target.vectors.shape[1], task.source.vectors.shape[1]
    checkpoint.check_shape(alignment.matrix, shape)
    return alignment.matrix
