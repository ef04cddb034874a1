"""Rows of the bootstrap: spread of the plug-in angles, and the angle less what a refit adds to it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ipml.console import track
from ipml.evaluation.estimates.bootstrap import Comparison, bootstrap_angles
from ipml.evaluation.pairs import Pair, common_cells, mean_levels
from ipml.evaluation.results import LeftOut, Row
from ipml.evaluation.rows.context import Context
from ipml.statistics.angles import degrees_of_squared_chord, squared_chord

BOOTSTRAP = "bootstrap"
MIN_REFITS = 20  # for an SD, whose own error is then a sixth of it: 1 / sqrt(2 (20 - 1))


class Bootstrap:
    """Spread of the plug-in angles over refits to firms drawn again.

    Parameters
    ----------
    resamples
        Number of refits; 0: no rows.
    """

    def __init__(self, resamples: int) -> None:
        self._resamples = resamples

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs, which share the firms that are drawn."""
        if self._resamples:
            if self._resamples < MIN_REFITS:
                of = "refits (bootstrap)"
                context.left_out.extend(
                    LeftOut("sd", BOOTSTRAP, pair.name, self._resamples, MIN_REFITS, of)
                    for pair in context.pairs
                )
            yield from bootstrap_rows(
                context.pairs, context.min_industry_firms, self._resamples, context.seed, context.simulated
            )


def bootstrap_rows(
    pairs: Sequence[Pair], min_industry_firms: int, resamples: int, seed: int, simulated: bool
) -> Iterator[Row]:
    """Yield the angle of every pair less the mean excess of its refits, in squared chords, and the SD over refits.

    No interval: one of refits never holds an angle of 0.

    Parameters
    ----------
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    resamples
        Number of refits, at least 2; with fewer than `MIN_REFITS` there is no SD.
    """
    samples = {group.name: group.sample for pair in pairs for group in pair.groups}
    found = [common_cells(pair, min_industry_firms) for pair in pairs]
    comparisons = [
        Comparison(pair.first.name, pair.second.name, (cells[0], cells[1]))
        for pair, (_, cells) in zip(pairs, found, strict=True)
    ]
    refits = track(bootstrap_angles(samples, comparisons, resamples, seed), "bootstrap", resamples)
    every = [np.stack(of_pair) for of_pair in zip(*refits, strict=True)]
    for pair, (industries, cells), angles in zip(pairs, found, every, strict=True):
        matrices = [group.sample.fit.cross_validated_matrix for group in pair.groups]
        plug_in = np.stack(pair.plug_in(matrices, cells))
        for level in mean_levels(industries):
            of_level = np.nanmean(angles[:, :, level.cells], axis=2)
            chords = np.nanmean(squared_chord(angles[:, :, level.cells]), axis=2)
            measured = squared_chord(plug_in[:, level.cells]).mean(axis=1)
            for number, direction in enumerate(pair.directions):
                sides = [number] if number < 2 else [0, 1]
                corrected = 2.0 * measured[sides].mean() - chords[:, sides].mean()
                row = replace(pair.row(BOOTSTRAP, simulated), direction=direction, level=level.name)
                over_refits = of_level[:, sides].mean(axis=1)
                spread = float(over_refits.std(ddof=1)) if resamples >= MIN_REFITS else None
                yield replace(row, value=float(degrees_of_squared_chord(corrected)), sd=spread)
