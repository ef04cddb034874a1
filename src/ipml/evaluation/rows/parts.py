"""Rows of what an angle consists of: difference of technology, difference of conversion, and overlap."""

from collections.abc import Iterator
from dataclasses import replace

from ipml.evaluation.estimates.plug_in import conversion_angle, technology_mix_angle
from ipml.evaluation.pairs import Pair
from ipml.evaluation.results import PLUG_IN, LeftOut, Row
from ipml.evaluation.rows.context import Context

LEVERAGE = "leverage"
MIN_FITTED = 20  # the 95 % quantile of the leverages of fewer firms is their largest


class Parts:
    """Parts of the angles of a pair, of whole groups."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        for pair in context.pairs:
            context.left_out.extend(few_fitted(pair))
            yield from part_rows(pair, context.simulated)


def few_fitted(pair: Pair) -> list[LeftOut]:
    """Why a pair has no overlap: too few firms are fitted to tell their outermost 5 %; empty if it has one."""
    fewest, name = min((int(group.sample.fitted.sum()), group.name) for group in pair.groups)
    if fewest >= MIN_FITTED:
        return []
    return [LeftOut("overlap", LEVERAGE, pair.name, fewest, MIN_FITTED, f"fitted firms of {name}")]


def part_rows(pair: Pair, simulated: bool) -> Iterator[Row]:
    """Yield difference of technology, difference of conversion of a common technology, and overlap."""
    row = pair.row(PLUG_IN, simulated)
    A1, A2 = pair.first.conversion_matrix, pair.second.conversion_matrix
    T1, T2 = pair.first.sample.technology_vectors, pair.second.sample.technology_vectors
    yield replace(row, what="technology_mix", value=technology_mix_angle(T1, T2))
    yield replace(row, what="conversion", value=conversion_angle(A1, A2, T1, T2))
    if few_fitted(pair):
        return
    for side, direction in enumerate(pair.directions[:2]):
        own, other = pair.groups[side].sample, pair.groups[1 - side].sample
        inside = other.fit.supports(own.technology_vectors)
        yield replace(
            row,
            what="overlap",
            method=LEVERAGE,
            value=float(inside.mean()),
            direction=direction,
            unit="share",
        )
