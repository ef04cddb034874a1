"""Refits of an alignment without some of its dictionary: for its calibration, and for the spread of its map.

The calibration needs aligned vectors of dictionary words by maps that were not fitted to them. The spread is a cluster
bootstrap: source words are drawn with replacement, each with all its pairs, since the translations of a word are not
independent (Davison & Hinkley 1997, "Bootstrap methods and their application", section 3.8). Each of its maps has a
calibration of its own, on the words that were not drawn.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.calibration import MIN_WORDS, Calibration, fit_calibration
from ipml.alignment.data import AlignmentData, Rows
from ipml.alignment.methods.cross_validation import folds
from ipml.alignment.settings import AlignmentTraining, Training
from ipml.alignment.task import AlignmentTask
from ipml.console import track
from ipml.errors import InputError
from ipml.linear_map.fitting import fit_linear_map
from ipml.linear_map.solvers import Matrix
from ipml.statistics.angles import unit_vectors

FILE = "bootstrap.safetensors"


def calibrate(
    settings: Training,
    task: AlignmentTask,
    data: AlignmentData,
    alignment: Alignment,
) -> Alignment:
    """Add the calibration to an alignment: its method is fitted again without each fold of the training words.

    Parameters
    ----------
    alignment
        Fitted to all training pairs.
    """
    model, count = settings.model, settings.model.calibration.folds
    rows, aligned = [], []
    for number, (fitted, left_out) in enumerate(folds(data, count), start=1):
        if len(fitted) and len(left_out):
            part = data.with_train(data.train_rows[fitted], data.weights[fitted])
            label = f"calibration, fold {number} of {count}"
            matrix = fit_linear_map(model.map, settings.trainer, part, label).matrix
            rows.append(data.train_rows[left_out])
            aligned.append(aligned_rows(alignment, matrix, task, data, rows[-1][:, 0]))
    if not rows:
        return alignment
    calibration = calibrated_on(np.concatenate(aligned), np.concatenate(rows), task, model.calibration.words)
    return replace(alignment, calibration=calibration)


def aligned_rows(
    alignment: Alignment,
    matrix: Matrix,
    task: AlignmentTask,
    data: AlignmentData,
    rows: npt.NDArray[np.int64],
) -> npt.NDArray[np.float32]:
    """Bring source rows (p,) to the reference space as an alignment does, by another map: shape (p, e)."""
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

    Words of the reference language count at length 1, as everywhere that firms are compared.
    """
    if len(np.unique(rows[:, 0])) < MIN_WORDS:
        return None
    targets = unit_vectors(task.target.vectors[rows[:, 1]])
    return fit_calibration(aligned, targets, rows[:, 0], words, right)


def drawn(data: AlignmentData, seed: list[int]) -> AlignmentData:
    """Return the data with training words drawn with replacement: a word drawn twice weighs twice."""
    words, number = np.unique(data.train_rows[:, 0], return_inverse=True)
    times = np.bincount(
        np.random.default_rng(seed).integers(len(words), size=len(words)), minlength=len(words)
    )
    weights = data.weights * times[number]
    chosen = weights > 0
    return data.with_train(data.train_rows[chosen], weights[chosen])


def fit_bootstrap(
    settings: AlignmentTraining, task: AlignmentTask, data: AlignmentData, alignment: Alignment, folder: Path
) -> None:
    """Refit the map ``model.bootstrap_maps`` times and write maps, scales and calibrations beside the model.

    Parameters
    ----------
    alignment
        The model.

    Raises
    ------
    InputError
        If a drawn dictionary leaves too few words to calibrate on.
    """
    model, count = settings.model, settings.model.bootstrap_maps
    maps = []
    for number in track(range(count), "bootstrap of the dictionary", count):
        again = drawn(data, [data.seed, number])
        matrix = fit_linear_map(model.map, settings.trainer, again, f"map {number + 1} of {count}").matrix
        rows = data.train_rows[~np.isin(data.train_rows[:, 0], again.train_rows[:, 0])]
        aligned = aligned_rows(alignment, matrix, task, data, rows[:, 0])
        calibration = calibrated_on(aligned, rows, task, model.calibration.words)
        if calibration is None:
            raise InputError(
                f"model.bootstrap_maps={count}: a dictionary drawn from {len(np.unique(data.train_rows[:, 0]))} "
                f"words leaves fewer than {MIN_WORDS} to calibrate on; allowed: 0"
            )
        scale = np.array(length_ratio(matrix, data.X, data.Y))
        maps.append({"matrix": matrix, "scale": scale, **calibration.tensors()})
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: np.array([one[name] for one in maps]) for name in maps[0]}, folder / FILE)


def has_bootstrap(folder: Path) -> bool:
    """Whether a model was trained with maps of dictionaries drawn again."""
    return (folder / FILE).is_file()


def bootstrap_alignments(folder: Path) -> Iterator[Alignment]:
    """Yield the model of a folder with the map of each dictionary drawn again; they search the reference space.

    Raises
    ------
    InputError
        If the model was trained without them or the file is not whole.
    """
    alignment = Alignment.load(folder)
    path = folder / FILE
    if not path.is_file():
        raise InputError(f"{path}: missing; train the alignment with model.bootstrap_maps above 0")
    try:
        with safe_open(path, framework="numpy") as tensors:  # one map at a time
            parts = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118 - it is no mapping
            for number in range(len(tensors.get_tensor("scale"))):
                one = {name: part[number] for name, part in parts.items()}
                yield replace(
                    alignment,
                    matrix=one["matrix"],
                    scale=float(one["scale"]),
                    search_matrix=None,
                    calibration=Calibration.of(one),
                )
    except (SafetensorError, KeyError) as error:
        raise InputError(f"{path}: not a whole safetensors file ({error})") from error
