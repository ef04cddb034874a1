"""Rows of the angles of a pair of groups: plug-in and debiased, also for clusters and for errors of words."""

import math
from collections.abc import Iterator
from dataclasses import replace

from ipml.evaluation.estimates.contrast import both_directions, contrast
from ipml.evaluation.estimates.inference import (
    chord_interval,
    debiased_angle,
    debiased_squared_chord,
    same_a_p_value,
)
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.evaluation.estimates.sample import MIN_CLUSTERS, Sample
from ipml.evaluation.estimates.word_errors import WordErrors
from ipml.evaluation.pairs import Pair, all_levels, common_cells
from ipml.evaluation.results import CLUSTERED, DEBIASED, PLUG_IN, WORD_ERRORS, LeftOut, Row
from ipml.evaluation.rows.context import Context
from ipml.statistics.angles import degrees_of_squared_chord


class Angles:
    """Angles in both directions and their mean, at every level."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        for pair in context.pairs:
            context.left_out.extend(few_clusters(pair))
            yield from angle_rows(
                pair,
                context.min_industry_firms,
                context.confidence,
                context.simulated,
                context.aligned_words.of(pair),
            )


def few_clusters(pair: Pair) -> list[LeftOut]:
    """Why a pair whose groups have clusters gets no clustered rows: one of the groups has too few; empty if it does."""
    found = [
        (group.clustered.effective_clusters, group.name)
        for group in pair.groups
        if group.clustered is not None
    ]
    if len(found) < 2 or min(found)[0] >= MIN_CLUSTERS:
        return []
    fewest, name = min(found)
    # Rounded down: what is left out must not read as enough.
    number = math.floor(10 * fewest) / 10
    return [LeftOut("angle", CLUSTERED, pair.name, number, MIN_CLUSTERS, f"effective clusters in {name}")]


def angle_rows(
    pair: Pair,
    min_industry_firms: int,
    confidence: float,
    simulated: bool,
    word_errors: WordErrors | None = None,
) -> Iterator[Row]:
    """Yield angles in both directions and their mean, at every level.

    The mean of a plug-in angle is that of degrees, over industries and over directions, as in the published
    table; a debiased mean is that of squared chords, turned into degrees, because those can be corrected. Groups
    with clusters get the version for errors that these share, too, unless they have too few (`few_clusters`).

    Parameters
    ----------
    pair
        The groups.
    min_industry_firms
        An industry counts where both groups have at least that many firms in it.
    confidence
        Nominal coverage of the intervals.
    simulated
        Whether the firms are.
    word_errors
        Of the groups' aligned words; with them there is a version that counts these too.
    """
    groups = pair.groups
    industries, cells = common_cells(pair, min_industry_firms)
    plug_in = pair.plug_in([group.conversion_matrix for group in groups], cells)
    samples: dict[str, tuple[Sample, Sample]] = {DEBIASED: (groups[0].sample, groups[1].sample)}
    if groups[0].clustered is not None and groups[1].clustered is not None and not few_clusters(pair):
        samples[CLUSTERED] = groups[0].clustered, groups[1].clustered
    contrasts = {
        method: [contrast(of_method, side, cells[side]) for side in (0, 1)]
        for method, of_method in samples.items()
    }
    for level in all_levels(industries):
        n1, n2 = (sum(len(of_group[cell]) for cell in level.cells) for of_group in cells)
        at_level = replace(
            pair.row(PLUG_IN, simulated), level=level.name, industry=level.industry, n1=n1, n2=n2
        )
        angles = [of_side[level.cells] for of_side in plug_in]
        one_way: dict[str, list[NoiseMoments]] = {method: [] for method in contrasts}
        for number, direction in enumerate(pair.directions):
            of_direction = replace(at_level, direction=direction)
            degrees = angles[number] if number < 2 else (angles[0] + angles[1]) / 2
            spread = float(degrees.std(ddof=1)) if len(degrees) > 1 else None
            yield replace(of_direction, value=float(degrees.mean()), sd=spread)
            for method, of_method in contrasts.items():
                taken = [of_side.take(level.cells) for of_side in of_method]
                chosen = taken[number] if number < 2 else both_directions(*taken)
                moments = noise_moments(chosen)
                debiased = _debiased_rows(replace(of_direction, method=method), moments, confidence)
                one_way[method].append(moments)
                if number == 2:
                    p_value = same_a_p_value(taken, one_way[method][:2])
                    debiased[0] = replace(debiased[0], p_value=p_value)
                yield from debiased
                if method == DEBIASED and word_errors is not None:
                    moments = word_errors.added_to(moments, chosen)
                    yield from _debiased_rows(replace(of_direction, method=WORD_ERRORS), moments, confidence)


def _debiased_rows(row: Row, moments: NoiseMoments, confidence: float) -> list[Row]:
    """The angle, what it would read on average if A were the same, and the excess of squared chords over that."""
    found = debiased_angle(moments, confidence)
    low, high = chord_interval(moments, confidence)
    return [
        replace(row, value=found.degrees, low=found.low, high=found.high, p_value=found.p_value),
        replace(row, what="floor", value=float(degrees_of_squared_chord(moments.trace))),
        replace(
            row,
            what="excess",
            value=debiased_squared_chord(moments),
            low=low,
            high=high,
            unit="squared chord",
        ),
    ]
