"""All figures of one pair of groups, in both directions and at every level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ipml.evaluation.angles import (
    Array,
    conversion_angle,
    degrees_of_squared_chord,
    plug_in_angles,
    technology_mix_angle,
)
from ipml.evaluation.comparison import Pair, common_cells
from ipml.evaluation.contrast import both_directions, contrast
from ipml.evaluation.inference import chord_interval, debiased_angle, debiased_squared_chord
from ipml.evaluation.noise import NoiseMoments, noise_moments
from ipml.evaluation.rows import (
    CLUSTERED,
    DEBIASED,
    GROUP,
    INDUSTRY,
    INDUSTRY_MEAN,
    PLUG_IN,
    WORD_ERRORS,
    Row,
)
from ipml.evaluation.same_a import same_a_p_value
from ipml.evaluation.sample import Sample
from ipml.evaluation.word_errors import WordErrors

Cells = Sequence[npt.NDArray[np.intp]]


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
    groups = pair.first, pair.second
    industries, cells = common_cells(pair, min_industry_firms)
    plug_in = [_plug_in(pair, side, cells[side]) for side in (0, 1)]
    samples: dict[str, tuple[Sample, Sample]] = {DEBIASED: (groups[0].sample, groups[1].sample)}
    if groups[0].clustered is not None and groups[1].clustered is not None:
        samples[CLUSTERED] = groups[0].clustered, groups[1].clustered
    contrasts = {
        method: [contrast(of_method, side, cells[side]) for side in (0, 1)]
        for method, of_method in samples.items()
    }
    row = Row(
        what="angle",
        comparison=pair.comparison,
        group=pair.name,
        method=PLUG_IN,
        value=0.0,
        simulated=simulated,
        models=f"{groups[0].model} {groups[1].model}",
    )
    rows: list[Row] = []
    for level in _levels(industries):
        n1, n2 = (sum(len(of_group[cell]) for cell in level.cells) for of_group in cells)
        at_level = replace(row, level=level.name, industry=level.industry, n1=n1, n2=n2)
        angles = [of_side[level.cells] for of_side in plug_in]
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
                if number == 2:
                    debiased[0] = replace(debiased[0], p_value=same_a_p_value(taken))
                rows += debiased
                if method == DEBIASED and word_errors is not None:
                    moments = word_errors.added_to(moments, chosen)
                    rows += _debiased_rows(replace(of_direction, method=WORD_ERRORS), moments, confidence)
    return rows + list(_parts(pair, cells, replace(row, n1=len(groups[0]), n2=len(groups[1]))))


def _levels(industries: Sequence[str]) -> list[Level]:
    every = list(range(1, len(industries) + 1))
    mean = [Level(INDUSTRY_MEAN, None, every)] if industries else []
    each = [Level(INDUSTRY, name, [cell]) for name, cell in zip(industries, every, strict=True)]
    return [Level(GROUP, None, [0]), *mean, *each]


def _plug_in(pair: Pair, side: int, cells: Cells) -> Array:
    own, other = (pair.first, pair.second) if side == 0 else (pair.second, pair.first)
    sample = own.sample
    return plug_in_angles(sample.product_vectors, sample.technology_vectors, other.conversion_matrix, cells)


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


def _parts(pair: Pair, cells: Sequence[Cells], row: Row) -> Iterator[Row]:
    """Difference of technology, difference of conversion of a common technology, overlap, errors in common."""
    A1, A2 = pair.first.conversion_matrix, pair.second.conversion_matrix
    T1, T2 = pair.first.sample.technology_vectors, pair.second.sample.technology_vectors
    yield replace(row, what="technology_mix", value=technology_mix_angle(T1, T2))
    yield replace(row, what="conversion", value=conversion_angle(A1, A2, T1, T2))
    groups = pair.first, pair.second
    for side, direction in enumerate(pair.directions[:2]):
        inside = groups[1 - side].sample.fit.supports(groups[side].sample.technology_vectors)
        yield replace(
            row,
            what="overlap",
            method="leverage",
            value=float(inside.mean()),
            direction=direction,
            unit="share",
        )
