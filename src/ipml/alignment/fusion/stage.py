"""Stage ``fused_alignment``: the same task and the same registered name as ``alignment``, by several witnesses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig, OmegaConf

from ipml.alignment import serving
from ipml.alignment.accuracy import first_hits
from ipml.alignment.affine import Alignment
from ipml.alignment.calibration import right_pairs
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.fitting import FusedAligner, FusedFitting, Stack, ranked
from ipml.alignment.fusion.model import FusedAlignment, mean_translations
from ipml.alignment.fusion.views import METHODS, View, open_view
from ipml.alignment.preprocessing import before_centring
from ipml.alignment.refits import calibrated_on
from ipml.alignment.stage import linear_alignment, linear_ranks, log_scores, start_alignment
from ipml.alignment.task import AlignmentTask, dictionary_folds, open_task
from ipml.allowed import check_start
from ipml.console import console
from ipml.corpus import Corpus
from ipml.errors import InputError, check_count, check_range, choice_error
from ipml.linear_map.fitting import fit_linear_map
from ipml.statistics.angles import unit_vectors
from ipml.text import open_language
from ipml.tracking import TrainedModel, finish_training
from ipml.tracking.epoch_loggers import LoggerFactory, epoch_loggers

_CHUNK = 4096  # words translated at a time
# Whole numbers of at least 1; what null switches off is not looked at.
_COUNTS = (
    "n_folds",
    "max_stacked_words",
    "n_candidates",
    "n_rankers",
    "n_translations",
    "translated_words",
    "ranker.hidden",
    "ranker.batch_size",
    "ranker.max_epochs",
    "written_form.dimension",
    "written_form.neighbours",
)


def train(config: DictConfig, corpus: Corpus) -> TrainedModel:
    """Fit the fused alignment of ``config.language`` with English and register it.

    Beside it the linear map of ``model.map`` is fitted: for words that are not translated, and to compare. Words of
    the test and the validation dictionary are kept from all witnesses and rankers.

    Raises
    ------
    InputError
        As for the stage ``alignment``; or if a further set of embeddings lacks one of the languages.
    """
    check_start(config)
    _check(config)
    task, settings = open_task(config), config.model
    with start_alignment(config, task) as run:
        views, lineages = open_views(config, task)
        for name, lineage in lineages.items():
            run.add_lineage(lineage, f"model.further.{name}")
        data = task.data(settings, config.seed)
        loggers = epoch_loggers(config, run)
        fitted = fit_linear_map(settings.map, config.trainer, data, f"alignment {task.pair}", loggers("fit"))
        ranks, _ = linear_ranks(config, task, data, fitted)
        aligner, stack, figures = fit(config, task, views, loggers)
        fused, validation = (
            first_hits(aligner.translate(part.rows)[0], part.correct) for part in task.words()
        )
        every = {"fitted": fused, "linear": ranks["fitted"], "random_map": ranks["random_map"]}
        figures |= fitted.figures
        log_scores(run, config, task, data, every, validation, figures, "several witnesses")
        linear = linear_alignment(config, task, data, fitted, run)
        alignment, translations = translate_words(aligner, linear, task, settings)
        alignment = calibrate(alignment, aligner, stack, task, settings)
        alignment.save(run.model_folder)
        run.log_table("translations", translations)
        example = pd.DataFrame({"text": list(task.source.words[:2])})
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    console.print(trained.title)
    return trained


def open_views(config: DictConfig, task: AlignmentTask) -> tuple[list[View], dict[str, dict[str, str]]]:
    """Look all words up in the embedding they come from and in the further ones; also returns the lineage of these."""
    words, steps = (task.source.words, task.target.words), list(config.model.steps)
    lineages: dict[str, dict[str, str]] = {}
    views = [open_view("words", (task.languages[0].vectors, task.languages[1].vectors), words, steps)]
    for name, embeddings in (config.model.further or {}).items():
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
    config: DictConfig, task: AlignmentTask, views: list[View], loggers: LoggerFactory
) -> tuple[FusedAligner, Stack, dict[str, float]]:
    """Fit the aligner to the training part.

    Returns
    -------
    the aligner, its stack, and figures: words stacked, share with a candidate found
    """
    dictionary = make_dictionary(task.train, task.source.row, task.target.row)
    fold = dictionary_folds(list(dictionary.words), config.model.n_folds, config.seed)
    fitting = FusedFitting((task.source.words, task.target.words), views, config)
    stack = fitting.stacked(dictionary, fold)
    figures = {
        "n_dictionary_words": float(len(dictionary)),
        "n_stacked_words": float(len(stack.rows)),
        "candidate_coverage": float(stack.correct.any(dim=1).float().mean()),
    }
    return fitting.fit(dictionary, stack, loggers), stack, figures


def translate_words(
    aligner: FusedAligner, linear: Alignment, task: AlignmentTask, settings: DictConfig
) -> tuple[FusedAlignment, pd.DataFrame]:
    """Translate the most frequent source words; returns the model and a tidy table of the translations."""
    words = list(task.source.words[: settings.translated_words])
    english = before_centring(task.target.vectors, list(settings.steps))
    vectors, rows = [], []
    for start in range(0, len(words), _CHUNK):
        part = np.arange(start, min(start + _CHUNK, len(words)))
        found, probabilities = aligner.translate(part)
        vectors.append(mean_translations(found, probabilities, english, settings.n_translations))
        rows.append(_table(part, found, probabilities, task, settings.n_translations))
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


def _check(config: DictConfig) -> None:
    settings = config.model
    for key in _COUNTS:
        value = OmegaConf.select(settings, key)
        if value is not None:
            check_count(f"model.{key}", value, low=2 if key == "n_folds" else 1)
    check_range("model.ranker.dropout", settings.ranker.dropout, 0, 1)
    for method, value in settings.regularisation.items():
        if not value > 0:
            raise InputError(f"model.regularisation.{method}={value}: above 0 is needed")
    if settings.n_candidates < max(settings.accuracy_at):
        raise InputError(
            f"model.n_candidates={settings.n_candidates}: at least {max(settings.accuracy_at)}, the largest of "
            "model.accuracy_at, is needed"
        )
    for method in settings.view_methods:
        if method not in METHODS:
            raise choice_error("model.view_methods", method, METHODS)
    if not settings.view_methods:
        raise InputError("model.view_methods=[]: at least one is needed")
    if "words" in (settings.further or {}):  # its spaces would take the place of the first embedding's
        raise InputError("model.further.words: this name is that of embeddings=; another is needed")
    if settings.bootstrap_maps:
        raise InputError(
            f"model.bootstrap_maps={settings.bootstrap_maps}: a fused alignment is not one map; allowed: 0"
        )


def calibrate(
    alignment: FusedAlignment, aligner: FusedAligner, stack: Stack, task: AlignmentTask, settings: DictConfig
) -> FusedAlignment:
    """Add calibrated vectors of the translated words to an alignment whose linear map has a calibration.

    A translation by witnesses that know the word from the dictionary contracts less than that of other words, so the
    words of the stack get the one by witnesses of the other folds, and all translations one calibration. Dictionary
    words that the stack has no room for go by the linear map, and that also tells which pairs are wrong.
    """
    if alignment.linear.calibration is None:
        return alignment
    english = before_centring(task.target.vectors, list(settings.steps))
    found, probabilities = ranked(stack.candidates, aligner.rankers)
    unseen = mean_translations(found, probabilities, english, settings.n_translations)
    number = np.repeat(np.arange(len(stack.rows)), [len(targets) for targets in stack.translations])
    rows = np.stack([stack.rows[number], np.concatenate(stack.translations)], axis=1)
    by_map = alignment.linear.apply(task.source.vectors[rows[:, 0]])
    right = right_pairs(by_map, unit_vectors(task.target.vectors[rows[:, 1]]))
    calibration = calibrated_on(unseen[number], rows, task, settings.calibration.words, right)
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
