"""Rows of the bootstrap: spread of the plug-in angles, and the angle less what a refit adds to it."""

from collections.abc import Mapping, Sequence

import numpy as np

from ipml.console import track
from ipml.evaluation.angles import (
    Array,
    angle_degrees,
    cell_means,
    degrees_of_squared_chord,
    squared_chord,
)
from ipml.evaluation.bootstrap import Comparison, bootstrap_angles
from ipml.evaluation.comparison import Pair, common_cells
from ipml.evaluation.rows import GROUP, INDUSTRY_MEAN, Row
from ipml.evaluation.sample import Sample

BOOTSTRAP = "bootstrap"


def bootstrap_rows(
    pairs: Sequence[Pair], min_industry_firms: int, resamples: int, seed: int, simulated: bool
) -> list[Row]:
    """Angle of every pair less the mean excess of its refits, in squared chords, and the SD of the refits' angles.

    No interval: one of refits never holds an angle of 0.

    Parameters
    ----------
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    resamples
        Number of refits, at least 2.
    """
    samples = {group.name: group.sample for pair in pairs for group in (pair.first, pair.second)}
    comparisons = []
    for pair in pairs:
        _, cells = common_cells(pair, min_industry_firms)
        comparisons.append(Comparison(pair.first.name, pair.second.name, (cells[0], cells[1])))
    refits = track(bootstrap_angles(samples, comparisons, resamples, seed), "bootstrap", resamples)
    every = [np.stack(of_pair) for of_pair in zip(*refits, strict=True)]
    rows: list[Row] = []
    for pair, comparison, angles in zip(pairs, comparisons, every, strict=True):
        plug_in = np.stack([_as_measured(samples, comparison, side) for side in (0, 1)])
        for level, cells_of_level in ((GROUP, slice(0, 1)), (INDUSTRY_MEAN, slice(1, None))):
            if angles[:, :, cells_of_level].shape[2] == 0:
                continue
            of_level = np.nanmean(angles[:, :, cells_of_level], axis=2)
            chords = np.nanmean(squared_chord(angles[:, :, cells_of_level]), axis=2)
            measured = squared_chord(plug_in[:, cells_of_level]).mean(axis=1)
            for number, direction in enumerate(pair.directions):
                sides = [number] if number < 2 else [0, 1]
                corrected = 2.0 * measured[sides].mean() - chords[:, sides].mean()
                rows.append(
                    Row(
                        what="angle",
                        comparison=pair.comparison,
                        group=pair.name,
                        method=BOOTSTRAP,
                        value=float(degrees_of_squared_chord(corrected)),
                        direction=direction,
                        level=level,
                        sd=float(of_level[:, sides].mean(axis=1).std(ddof=1)),
                        n1=len(pair.first),
                        n2=len(pair.second),
                        simulated=simulated,
                        models=f"{pair.first.model} {pair.second.model}",
                    )
                )
    return rows


def _as_measured(samples: Mapping[str, Sample], comparison: Comparison, side: int) -> Array:
    """Plug-in angles of the firms as they are, by the regression that is refitted: shape (k,)."""
    names = comparison.first, comparison.second
    own, other, cells = samples[names[side]], samples[names[1 - side]], comparison.cells[side]
    made = other.fit.scatter(cell_means(own.technology_vectors, cells))
    return angle_degrees(cell_means(own.product_vectors, cells), made)
