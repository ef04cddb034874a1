"""Steps that bring the word vectors of a language into shape before a map is fitted.

Xing et al. 2015 (unit length), Artetxe et al. 2016 (centring), Artetxe et al. 2018 (unit, centre, unit), Zhang
et al. 2019 (both in turn, several times, until the rows have length 1 and mean 0 at once).
"""

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from ipml.alignment.settings import Step
from ipml.errors import choice_error
from ipml.statistics.angles import unit_vectors

STEPS = get_args(Step)

Vectors = npt.NDArray[np.float64]


def check_steps(steps: Sequence[str]) -> None:
    """Refuse an unknown step; each may stand more than once."""
    for step in steps:
        if step not in STEPS:
            raise choice_error("model.steps", step, STEPS)


def before_centring(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Vectors:
    """Apply the steps that stand before the first ``centre``; all of them where nothing is centred."""
    steps = list(steps)
    first = steps[: steps.index("centre")] if "centre" in steps else steps
    return unit_vectors(vectors) if "unit" in first else np.asarray(vectors, dtype=np.float64)


def step_means(vectors: npt.NDArray[Any], steps: Sequence[str]) -> Vectors:
    """Mean over all rows (n, d) that each ``centre`` takes off, in order: shape (number of centrings, d)."""
    means: list[Vectors] = []
    rows = np.asarray(vectors, dtype=np.float64)
    for step in steps:
        if step == "unit":
            rows = unit_vectors(rows)
        else:
            means.append(rows.mean(axis=0))
            rows = rows - means[-1]
    return np.array(means).reshape(-1, rows.shape[1])


def prepare(vectors: npt.NDArray[Any], steps: Sequence[str], means: Vectors) -> Vectors:
    """Apply all steps to rows (n, d), with the means of the language's vocabulary, from `step_means`."""
    rows, each = np.asarray(vectors, dtype=np.float64), iter(means)
    for step in steps:
        rows = unit_vectors(rows) if step == "unit" else rows - next(each)
    return rows
