import numpy as np
import pytest

from benchmarks.keyword_recovery import Pairs, on_attended_pages, recall_at_precision


def test_words_that_are_right_elsewhere_count_for_precision_and_not_for_recall():
    scores, planted = np.array([5.0, 4, 3, 2]), np.array([True, False, True, False])
    right = np.array([True, True, True, False])
    ones = np.ones(4)
    assert recall_at_precision(scores, planted, 4, ones)[0] == 1 / 4
    assert recall_at_precision(scores, planted, 4, ones, right)[0] == 2 / 4
    assert recall_at_precision(scores, planted, 4, ones, planted) == recall_at_precision(
        scores, planted, 4, ones
    )


def test_a_pair_on_two_pages_is_likelier_than_on_one_and_below_the_contrast_never():
    pairs = Pairs(np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([0, 0, 1, 2, 2]))
    weights, contrast = np.array([0.5, 0.2, 0.5, 0.0, 0.0]), np.array([1.0, 1.0, 1.0, 1.0, 1.0])
    found = on_attended_pages(pairs, weights, contrast, 0.5)
    assert found[:2] == pytest.approx([1 - 0.5 * 0.8, 0.5])
    assert found[2] == -np.inf  # on no page with attention
    assert (on_attended_pages(pairs, weights, contrast - 1, 0.5) == -np.inf).all()
