"""Rows of the bootstrap: spread of the plug-in angles, and the angle less what a refit adds to it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipml.console import track
from ipml.evaluation.estimates.bootstrap import Comparison, bootstrap_angles
from ipml.evaluation.pairs import Pair, common_cells, level_numbers
from ipml.evaluation.results import Row
from ipml.statistics.angles import degrees_of_squared_chord, squared_chord

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
    samples = {group.name: group.sample for pair in pairs for group in pair.groups}
    found = [common_cells(pair, min_industry_firms) for pair in pairs]
    comparisons = [
        Comparison(pair.first.name, pair.second.name, (cells[0], cells[1]))
        for pair, (_, cells) in zip(pairs, found, strict=True)
    ]
    refits = track(bootstrap_angles(samples, comparisons, resamples, seed), "bootstrap", resamples)
    every = [np.stack(of_pair) for of_pair in zip(*refits, strict=True)]
    rows: list[Row] = []
    for pair, (industries, cells), angles in zip(pairs, found, every, strict=True):
        matrices = [group.sample.fit.cross_validated_matrix for group in pair.groups]
        plug_in = np.stack(pair.plug_in(matrices, cells))
        for level, numbers in level_numbers(industries).items():
            of_level = np.nanmean(angles[:, :, numbers], axis=2)
            chords = np.nanmean(squared_chord(angles[:, :, numbers]), axis=2)
            measured = squared_chord(plug_in[:, numbers]).mean(axis=1)
            for number, direction in enumerate(pair.directions):
                sides = [number] if number < 2 else [0, 1]
                corrected = 2.0 * measured[sides].mean() - chords[:, sides].mean()
                row = replace(pair.row(BOOTSTRAP, simulated), direction=direction, level=level)
                spread = float(of_level[:, sides].mean(axis=1).std(ddof=1))
                rows.append(replace(row, value=float(degrees_of_squared_chord(corrected)), sd=spread))
    return rows
