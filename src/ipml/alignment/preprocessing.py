"""Steps that bring the word vectors of a language into shape before a map is fitted.

Xing et al. 2015 (unit length), Artetxe et al. 2016 (centring), Artetxe et al. 2018 (unit, centre, unit).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError, choice_error

STEPS = ("unit", "centre")

Vectors = npt.NDArray[np.float64]


def check_steps(steps: Sequence[str]) -> None:
    """Refuse an unknown step, and centring more than once (it would not be undone)."""
    for step in steps:
        if step not in STEPS:
            raise choice_error("model.steps", step, STEPS)
    if list(steps).count("centre") > 1:
        raise InputError(f"model.steps=[{', '.join(steps)}]: centre may stand once")


def unit_length(vectors: npt.NDArray[Any]) -> Vectors:
    """Bring each row to length 1; a row of zeros stays."""
    vectors = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def before_centring(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Vectors:
    """Apply the steps that stand before ``centre``; all of them where nothing is centred."""
    steps = list(steps)
    first = steps[: steps.index("centre")] if "centre" in steps else steps
    return unit_length(vectors) if "unit" in first else np.asarray(vectors, dtype=np.float64)


def mean_vector(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Vectors:
    """Mean that ``centre`` takes off, shape (d,), over all rows (n, d); zero where nothing is centred."""
    if "centre" not in steps:
        return np.zeros(vectors.shape[1])
    return before_centring(vectors, steps).mean(axis=0)


def prepare(vectors: npt.NDArray[Any], steps: Sequence[str], mean: Vectors) -> Vectors:
    """Apply all steps to rows (n, d), with the mean of the language's vocabulary."""
    prepared = before_centring(vectors, steps) - mean
    after = list(steps)[list(steps).index("centre") + 1 :] if "centre" in steps else []
    return unit_length(prepared) if "unit" in after else prepared
