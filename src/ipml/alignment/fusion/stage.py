"""Stage ``fused_alignment``: the same task and the same registered name as ``alignment``, by several witnesses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.alignment import serving
from ipml.alignment.accuracy import first_hits
from ipml.alignment.affine import Alignment, before_centring
from ipml.alignment.calibration import right_pairs
from ipml.alignment.fused import FusedAlignment, mean_translations
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.fitting import FusedAligner, FusedFitting, Stack, ranked
from ipml.alignment.fusion.views import View, open_view
from ipml.alignment.refits import calibrated_on
from ipml.alignment.settings import FusedAlignmentModel, FusedAlignmentTraining
from ipml.alignment.stage import linear_alignment, linear_ranks, log_scores, start_alignment
from ipml.alignment.task import AlignmentTask, dictionary_folds, open_task
from ipml.console import console
from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.linear_map.fitting import fit_linear_map
from ipml.statistics.angles import unit_vectors
from ipml.text import open_language
from ipml.tracking import TrainedModel, Workspace, finish_training
from ipml.tracking.epoch_loggers import LoggerFactory

_CHUNK = 4096  # words translated at a time


def train(settings: FusedAlignmentTraining, workspace: Workspace, corpus: Corpus) -> TrainedModel:
    """Fit the fused alignment of ``language`` with the reference language and register it.

    Beside it the linear map of ``model.map`` is fitted: for words that are not translated, and to compare. Words of
    the test and the validation dictionary are kept from all witnesses and rankers.

    Raises
    ------
    InputError
        As for the stage ``alignment``; or if a further set of embeddings lacks one of the languages.
    """
    task, model = open_task(settings), settings.model
    with start_alignment(settings, workspace, task) as run:
        views, lineages = open_views(model, task)
        for name, lineage in lineages.items():
            run.add_lineage(lineage, f"model.further.{name}")
        data = task.data(model.pair_weights, settings.seed)
        loggers = workspace.epoch_loggers(run)
        fitted = fit_linear_map(model.map, settings.trainer, data, f"alignment {task.pair}", loggers("fit"))
        ranks, _ = linear_ranks(settings, task, data, fitted)
        aligner, stack, figures = fit(settings, task, views, loggers)
        fused, validation = (
            first_hits(aligner.translate(part.rows)[0], part.correct) for part in task.words()
        )
        every = {"fitted": fused, "linear": ranks["fitted"], "random_map": ranks["random_map"]}
        figures |= fitted.figures
        log_scores(run, settings, task, data, every, validation, figures, "several witnesses")
        linear = linear_alignment(settings, task, data, fitted, run)
        alignment, translations = translate_words(aligner, linear, task, model)
        alignment = calibrate(alignment, aligner, stack, task, model)
        alignment.save(run.model_folder)
        run.log_table("translations", translations)
        example = pd.DataFrame({"text": list(task.source.words[:2])})
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    console.print(trained.title)
    return trained


def open_views(
    model: FusedAlignmentModel, task: AlignmentTask
) -> tuple[list[View], dict[str, dict[str, str]]]:
    """Look all words up in the embedding they come from and in the further ones; also returns the lineage of these."""
    words, steps = (task.source.words, task.target.words), list(model.steps)
    lineages: dict[str, dict[str, str]] = {}
    views = [open_view("words", (task.languages[0].vectors, task.languages[1].vectors), words, steps)]
    for name, embeddings in (model.further or {}).items():
        vectors = [
            open_language(embeddings, language.code).vectors
            if language.code in embeddings.languages
            else None
            for language in task.languages
        ]
        views.append(open_view(name, (vectors[0], vectors[1]), words, steps))
        lineages[name] = {
            f"embeddings-{name}-{language.code}": of_language.fingerprint
            for language, of_language in zip(task.languages, vectors, strict=True)
            if of_language is not None
        }
        if not lineages[name]:
            raise InputError(
                f"model.further.{name}={embeddings.name}: no vectors for {task.pair.replace('-', ' or ')}"
            )
    return views, lineages


def fit(
    settings: FusedAlignmentTraining, task: AlignmentTask, views: list[View], loggers: LoggerFactory
) -> tuple[FusedAligner, Stack, dict[str, float]]:
    """Fit the aligner to the training part.

    Returns
    -------
    the aligner, its stack, and figures: words stacked, share with a candidate found
    """
    dictionary = make_dictionary(task.train, task.source.row, task.target.row)
    fold = dictionary_folds(list(dictionary.words), settings.model.n_folds, settings.seed)
    words = task.source.words, task.target.words
    fitting = FusedFitting(words, views, settings.model, settings.trainer, settings.seed)
    stack = fitting.stacked(dictionary, fold)
    figures = {
        "n_dictionary_words": float(len(dictionary)),
        "n_stacked_words": float(len(stack.rows)),
        "candidate_coverage": float(stack.correct.any(dim=1).float().mean()),
    }
    return fitting.fit(dictionary, stack, loggers), stack, figures


def translate_words(
    aligner: FusedAligner, linear: Alignment, task: AlignmentTask, model: FusedAlignmentModel
) -> tuple[FusedAlignment, pd.DataFrame]:
    """Translate the most frequent source words; returns the model and a tidy table of the translations."""
    words = list(task.source.words[: model.translated_words])
    targets = before_centring(task.target.vectors, list(model.steps))
    vectors, rows = [], []
    for start in range(0, len(words), _CHUNK):
        part = np.arange(start, min(start + _CHUNK, len(words)))
        found, probabilities = aligner.translate(part)
        vectors.append(mean_translations(found, probabilities, targets, model.n_translations))
        rows.append(_table(part, found, probabilities, task, model.n_translations))
    alignment = FusedAlignment(linear, tuple(words), np.concatenate(vectors))
    return alignment, pd.concat(rows, ignore_index=True)


def _table(
    rows: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float32],
    task: AlignmentTask,
    number: int,
) -> pd.DataFrame:
    found, probabilities = found[:, :number], probabilities[:, :number]
    columns: Mapping[str, object] = {
        "word": np.repeat([task.source.words[row] for row in rows.tolist()], found.shape[1]),
        "rank": np.tile(np.arange(1, found.shape[1] + 1), len(rows)),
        "translation": [task.target.words[row] for row in found.ravel().tolist()],
        "probability": probabilities.ravel(),
    }
    return pd.DataFrame(columns)


def calibrate(
    alignment: FusedAlignment,
    aligner: FusedAligner,
    stack: Stack,
    task: AlignmentTask,
    model: FusedAlignmentModel,
) -> FusedAlignment:
    """Add calibrated vectors of the translated words to an alignment whose linear map has a calibration.

    A translation by witnesses that know the word from the dictionary contracts less than that of other words, so the
    words of the stack get the one by witnesses of the other folds, and all translations one calibration. Dictionary
    words that the stack has no room for go by the linear map, and that also tells which pairs are wrong.
    """
    if alignment.linear.calibration is None:
        return alignment
    targets = before_centring(task.target.vectors, list(model.steps))
    found, probabilities = ranked(stack.candidates, aligner.rankers)
    unseen = mean_translations(found, probabilities, targets, model.n_translations)
    number = np.repeat(np.arange(len(stack.rows)), [len(targets) for targets in stack.translations])
    rows = np.stack([stack.rows[number], np.concatenate(stack.translations)], axis=1)
    by_map = alignment.linear.apply(task.source.vectors[rows[:, 0]])
    right = right_pairs(by_map, unit_vectors(task.target.vectors[rows[:, 1]]))
    calibration = calibrated_on(unseen[number], rows, task, model.calibration.words, right)
    if calibration is None:
        return alignment
    calibrated = calibration.apply(alignment.vectors)
    n_words = len(alignment.words)  # the most frequent source words: their numbers are their rows
    known = np.array(
        [task.source.row[word] for word in task.train.translations() if word in task.source.row],
        dtype=np.int64,
    )
    known = known[known < n_words]
    words = [alignment.words[row] for row in known]
    calibrated[known] = alignment.linear.calibrated_vectors(words, task.source.vectors[known])
    in_table = stack.rows < n_words
    calibrated[stack.rows[in_table]] = calibration.apply(unseen[in_table])
    return replace(alignment, calibrated=calibrated, error=calibration.error)
