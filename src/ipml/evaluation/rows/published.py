"""Rows of the published figures, to stand beside the estimates; measured on other data."""

from collections.abc import Iterator

from ipml.evaluation.results import INDUSTRY_MEAN, MAPPING, MEAN, PUBLISHED, Row
from ipml.evaluation.rows.context import Context
from ipml.published import published_accuracies, published_angles
from ipml.vectors.table import WORDS


class PublishedAngles:
    """Published angle of a pair of groups, if there is one."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's pairs."""
        known = published_angles()
        for pair in context.pairs:
            if pair.name in known:
                mean, spread = known[pair.name]
                # The direction is not stated in the source; the mean over both is the likelier reading.
                yield Row(
                    "angle", pair.comparison, pair.name, PUBLISHED, mean, MEAN, INDUSTRY_MEAN, sd=spread,
                    vectors=WORDS,
                )  # fmt: skip


class PublishedAccuracies:
    """Published test accuracy of a group's mapping, if there is one."""

    def rows(self, context: Context) -> Iterator[Row]:
        """Yield the rows of the context's groups."""
        known = published_accuracies()
        for group in context.groups:
            if group.name in known:
                accuracy, n = known[group.name]
                yield Row(
                    "test_cosine",
                    MAPPING,
                    group.name,
                    PUBLISHED,
                    accuracy,
                    n1=n,
                    unit="cosine",
                    vectors=WORDS,
                )
