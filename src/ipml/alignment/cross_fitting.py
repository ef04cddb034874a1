"""Aligned vectors of dictionary words by maps that were not fitted to them, and the calibration that they give."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.calibration import MIN_WORDS, Calibration, fit_calibration
from ipml.alignment.data import AlignmentData, Rows
from ipml.alignment.methods.held_back import folds
from ipml.alignment.task import AlignmentTask
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import Matrix
from ipml.statistics.angles import unit_vectors


def calibrate(
    config: DictConfig, task: AlignmentTask, data: AlignmentData, alignment: Alignment
) -> Alignment:
    """Add the calibration to an alignment: its method is fitted again without each fold of the training words.

    Parameters
    ----------
    config
        With ``model`` (``map``, ``calibration``) and ``trainer``.
    alignment
        Fitted to all training pairs.
    """
    count = config.model.calibration.folds
    rows, aligned = [], []
    for number, (fitted, left_out) in enumerate(folds(data, count), start=1):
        if len(fitted) and len(left_out):
            part = data.with_train(data.train_rows[fitted], data.weights[fitted])
            label = f"calibration, fold {number} of {count}"
            matrix = fit_linear_map(config.model.map, config.trainer, part, label).matrix
            rows.append(data.train_rows[left_out])
            aligned.append(aligned_rows(alignment, matrix, task, data, rows[-1][:, 0]))
    if not rows:
        return alignment
    calibration = calibrated_on(
        np.concatenate(aligned), np.concatenate(rows), task, config.model.calibration.words
    )
    return replace(alignment, calibration=calibration)


def aligned_rows(
    alignment: Alignment,
    matrix: Matrix,
    task: AlignmentTask,
    data: AlignmentData,
    rows: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Bring source rows (p,) to the English space as an alignment does, by another map: shape (p, e)."""
    other = replace(alignment, matrix=matrix, scale=length_ratio(matrix, data.X, data.Y))
    return other.apply(task.source.vectors[rows])


def calibrated_on(
    aligned: npt.NDArray[np.float32],
    rows: Rows,
    task: AlignmentTask,
    words: int,
    right: Matrix | None = None,
) -> Calibration | None:
    """Calibration on pairs of rows (p, 2) whose source words were left out of the fit; None if they are too few.

    English words count at length 1, as everywhere that firms are compared.
    """
    if len(np.unique(rows[:, 0])) < MIN_WORDS:
        return None
    english = unit_vectors(task.target.vectors[rows[:, 1]])
    return fit_calibration(aligned, english, rows[:, 0], words, right)
