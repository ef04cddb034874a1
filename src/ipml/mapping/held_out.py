"""Cosine of every test firm's prediction with the truth, kept to compare two versions of a model firm by firm."""

from collections.abc import Sequence

import numpy as np

from ipml.files import short_hash
from ipml.mapping.parts import Vectors
from ipml.statistics.angles import cosines
from ipml.tracking import HeldOut
from ipml.vectors.table import FirmVectors


def held_out(tests: Sequence[tuple[FirmVectors, Vectors]], direction: str, centre: Vectors | None) -> HeldOut:
    """Held-out scores of a conversion.

    Parameters
    ----------
    tests
        Test firms of each group with what is predicted for them about the centre, shape (n, d).
    direction
        ``forward`` if products are predicted, ``reverse`` if technology is.
    centre
        Shape (d,), or None for the origin.
    """
    units = np.concatenate([firms.firms["firm_id"].to_numpy() for firms, _ in tests])
    sides = [firms.P if direction == "forward" else firms.T for firms, _ in tests]
    truth = np.concatenate(sides).astype(np.float32)
    predicted = np.concatenate([of_group for _, of_group in tests]) + (0.0 if centre is None else centre)
    order = np.argsort(units)  # the groups of a pooled model may come in any order
    data = {"vectors of the test firms": short_hash(truth[order].tobytes())}
    return HeldOut("cosine", data, units[order].tolist(), cosines(predicted, truth)[order])
