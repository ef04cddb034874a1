"""A set of maps refitted to dictionaries drawn again: how much an alignment owes to the words that it was fitted to.

A cluster bootstrap: source words are drawn with replacement, each with all its pairs, since the translations of a word
are not independent (Davison & Hinkley 1997, "Bootstrap methods and their application", section 3.8). Each map has a
calibration of its own, on the words that were not drawn.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from omegaconf import DictConfig
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.calibration import MIN_WORDS, Calibration
from ipml.alignment.cross_fitting import aligned_rows, calibrated_on
from ipml.alignment.data import AlignmentData
from ipml.alignment.task import AlignmentTask
from ipml.console import track
from ipml.errors import InputError
from ipml.linear_map.fitting import fit_linear_map

FILE = "bootstrap.safetensors"


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
    config: DictConfig, task: AlignmentTask, data: AlignmentData, alignment: Alignment, folder: Path
) -> None:
    """Refit the map ``model.bootstrap_maps`` times and write maps, scales and calibrations beside the model.

    Parameters
    ----------
    config
        With ``model`` and ``trainer``; each refit takes ``model.map`` as the model did.
    alignment
        The model.

    Raises
    ------
    InputError
        If a drawn dictionary leaves too few words to calibrate on.
    """
    settings = config.model
    count = settings.bootstrap_maps
    maps = []
    for number in track(range(count), "bootstrap of the dictionary", count):
        again = drawn(data, [data.seed, number])
        matrix = fit_linear_map(settings.map, config.trainer, again, f"map {number + 1} of {count}").matrix
        rows = data.train_rows[~np.isin(data.train_rows[:, 0], again.train_rows[:, 0])]
        aligned = aligned_rows(alignment, matrix, task, data, rows[:, 0])
        calibration = calibrated_on(aligned, rows, task, settings.calibration.words)
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
    """Yield the model of a folder with the map of each dictionary drawn again; they search the English space.

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
