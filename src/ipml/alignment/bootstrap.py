"""A set of maps refitted to dictionaries drawn again: how much an alignment owes to the words that it was fitted to.

A cluster bootstrap: source words are drawn with replacement, each with all its pairs, since the translations of a word
are not independent (Davison & Hinkley 1997, "Bootstrap methods and their application", section 3.8).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from ipml.alignment.affine import Alignment, Matrix, length_ratio
from ipml.alignment.data import AlignmentData
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
    settings: DictConfig, trainer: DictConfig, data: AlignmentData, count: int, folder: Path
) -> None:
    """Refit the map ``count`` times and write matrices (b, e, d) and scales (b,) beside the model.

    Parameters
    ----------
    settings
        Configuration group ``aligner``; each refit takes it as the model did.
    """
    matrices, scales = [], []
    for number in track(range(count), "bootstrap of the dictionary", count):
        again = drawn(data, [data.seed, number])
        matrix = fit_linear_map(settings, trainer, again, f"map {number + 1} of {count}").matrix
        matrices.append(matrix)
        scales.append(length_ratio(matrix, data.X, data.Y))
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"matrices": np.array(matrices), "scales": np.array(scales)}, folder / FILE)


def bootstrap_alignments(folder: Path) -> Iterator[Alignment]:
    """Yield the model of a folder with the map of each dictionary drawn again; they search the English space."""
    alignment = Alignment.load(folder)
    for matrix, scale in read_bootstrap(folder):
        yield replace(alignment, matrix=matrix, scale=scale, search_matrix=None)


def read_bootstrap(folder: Path) -> Iterator[tuple[Matrix, float]]:
    """Matrix and scale of each refit, read one at a time.

    Raises
    ------
    InputError
        If the model was trained without them or the file is not whole.
    """
    path = folder / FILE
    if not path.is_file():
        raise InputError(f"{path}: missing; train the alignment with model.bootstrap_maps above 0")
    try:
        with safe_open(path, framework="numpy") as tensors:
            scales: npt.NDArray[np.float64] = tensors.get_tensor("scales")
            matrices = tensors.get_slice("matrices")
            for number, scale in enumerate(scales):
                yield matrices[number], float(scale)
    except SafetensorError as error:
        raise InputError(f"{path}: not a whole safetensors file ({error})") from error
