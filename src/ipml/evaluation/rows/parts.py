"""Rows of what an angle consists of: difference of technology, difference of conversion, and overlap."""

from collections.abc import Iterator
from dataclasses import replace

from ipml.evaluation.estimates.plug_in import conversion_angle, technology_mix_angle
from ipml.evaluation.pairs import Pair
from ipml.evaluation.results import PLUG_IN, Row
from ipml.evaluation.rows.context import Context


class Parts:
    """Parts of the angles of a pair, of whole groups."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        for pair in context.pairs:
            yield from part_rows(pair, context.simulated)


def part_rows(pair: Pair, simulated: bool) -> Iterator[Row]:
    """Yield difference of technology, difference of conversion of a common technology, and overlap."""
    row = pair.row(PLUG_IN, simulated)
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
