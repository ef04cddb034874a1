"""All figures of one pair of groups, in both directions and at every level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ipml.evaluation.estimates.contrast import both_directions, contrast
from ipml.evaluation.estimates.inference import (
    chord_interval,
    debiased_angle,
    debiased_squared_chord,
    same_a_p_value,
)
from ipml.evaluation.estimates.noise import NoiseMoments, noise_moments
from ipml.evaluation.estimates.plug_in import conversion_angle, technology_mix_angle
from ipml.evaluation.estimates.sample import Sample
from ipml.evaluation.estimates.word_errors import WordErrors
from ipml.evaluation.pairs import Pair, common_cells, level_numbers
from ipml.evaluation.results import (
    CLUSTERED,
    DEBIASED,
    INDUSTRY,
    PLUG_IN,
    WORD_ERRORS,
    Row,
)
from ipml.statistics.angles import degrees_of_squared_chord


@dataclass(frozen=True)
class Level:
    """Which cells an angle is about: number 0 is the whole group, then come the industries."""

    name: str
    industry: str | None
    cells: list[int]


def compare(
    pair: Pair,
    min_industry_firms: int,
    confidence: float,
    simulated: bool,
    word_errors: WordErrors | None = None,
) -> list[Row]:
    """Angles in both directions and their mean, at every level, and the parts they consist of.

    The mean of a plug-in angle is that of degrees, over industries and over directions, as in the published
    table; a debiased mean is that of squared chords, turned into degrees, because those can be corrected. Groups
    with clusters get the version for errors that these share, too.

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
    if groups[0].clustered is not None and groups[1].clustered is not None:
        samples[CLUSTERED] = groups[0].clustered, groups[1].clustered
    contrasts = {
        method: [contrast(of_method, side, cells[side]) for side in (0, 1)]
        for method, of_method in samples.items()
    }
    row = pair.row(PLUG_IN, simulated)
    rows: list[Row] = []
    for level in _levels(industries):
        n1, n2 = (sum(len(of_group[cell]) for cell in level.cells) for of_group in cells)
        at_level = replace(row, level=level.name, industry=level.industry, n1=n1, n2=n2)
        angles = [of_side[level.cells] for of_side in plug_in]
        one_way: dict[str, list[NoiseMoments]] = {method: [] for method in contrasts}
        for number, direction in enumerate(pair.directions):
            of_direction = replace(at_level, direction=direction)
            degrees = angles[number] if number < 2 else (angles[0] + angles[1]) / 2
            spread = float(degrees.std(ddof=1)) if len(degrees) > 1 else None
            rows.append(replace(of_direction, value=float(degrees.mean()), sd=spread))
            for method, of_method in contrasts.items():
                taken = [of_side.take(level.cells) for of_side in of_method]
                chosen = taken[number] if number < 2 else both_directions(*taken)
                moments = noise_moments(chosen)
                debiased = _debiased_rows(replace(of_direction, method=method), moments, confidence)
                one_way[method].append(moments)
                if number == 2:
                    p_value = same_a_p_value(taken, one_way[method][:2])
                    debiased[0] = replace(debiased[0], p_value=p_value)
                rows += debiased
                if method == DEBIASED and word_errors is not None:
                    moments = word_errors.added_to(moments, chosen)
                    rows += _debiased_rows(replace(of_direction, method=WORD_ERRORS), moments, confidence)
    return rows + list(_parts(pair, row))


def _levels(industries: Sequence[str]) -> list[Level]:
    means = [Level(name, None, numbers) for name, numbers in level_numbers(industries).items()]
    return [*means, *(Level(INDUSTRY, name, [cell]) for cell, name in enumerate(industries, start=1))]


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


def _parts(pair: Pair, row: Row) -> Iterator[Row]:
    """Difference of technology, difference of conversion of a common technology, and overlap."""
    A1, A2 = pair.first.conversion_matrix, pair.second.conversion_matrix
    T1, T2 = pair.first.sample.technology_vectors, pair.second.sample.technology_vectors
    yield replace(row, what="technology_mix", value=technology_mix_angle(T1, T2))
    yield replace(row, what="conversion", value=conversion_angle(A1, A2, T1, T2))
    for side, direction in enumerate(pair.directions[:2]):
        own, other = pair.groups[side].sample, pair.groups[1 - side].sample
        inside = other.fit.supports(own.technology_vectors)
        yield replace(
            row,
            what="overlap",
            method="leverage",
            value=float(inside.mean()),
            direction=direction,
            unit="share",
        )
