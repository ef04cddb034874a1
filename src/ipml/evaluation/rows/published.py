"""Published figures as rows, to stand beside the estimates; measured on other data."""

from ipml.evaluation.pairs import Pair
from ipml.evaluation.results import INDUSTRY_MEAN, MEAN, PUBLISHED, Row
from ipml.published import published_accuracies, published_angles


def published_angle_rows(pair: Pair) -> list[Row]:
    """Published angle of a pair of groups, if there is one; measured on other data."""
    found = published_angles().get(pair.name)
    if found is None:
        return []
    # The direction is not stated in the source; the mean over both is the likelier reading.
    return [Row("angle", pair.comparison, pair.name, PUBLISHED, found[0], MEAN, INDUSTRY_MEAN, sd=found[1])]


def published_accuracy_rows(group: str) -> list[Row]:
    """Published test accuracy of a group's mapping, if there is one; measured on other data."""
    found = published_accuracies().get(group)
    if found is None:
        return []
    return [Row("test_cosine", "mapping", group, PUBLISHED, found[0], n1=found[1], unit="cosine")]
