"""Calibration of a fused alignment: on words as witnesses translate them that have not seen them."""

from dataclasses import replace

import numpy as np
from omegaconf import DictConfig

from ipml.alignment.calibration import right_pairs
from ipml.alignment.cross_fitting import calibrated_on
from ipml.alignment.fusion.aligner import FusedAligner, ranked
from ipml.alignment.fusion.fitting import Stack
from ipml.alignment.fusion.translated import FusedAlignment, mean_translations
from ipml.alignment.preprocessing import before_centring
from ipml.alignment.task import AlignmentTask
from ipml.statistics.angles import unit_vectors


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
