"""Holm's correction against statsmodels."""

import gc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from ipml.evaluation.estimates.inference import holm


@pytest.fixture(autouse=True, scope="module")
def quick_collection() -> Iterator[None]:
    """Theirs collects garbage at each call: nothing of what is there already is looked at again."""
    gc.freeze()
    yield
    gc.unfreeze()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@example([0.5])
@example([0.0, 0.0, 1.0])
@example([0.02, 0.02, 0.02, 0.02])  # ties
@example([0.04, 0.01, 0.03, 0.005])
@example([1e-300, 5e-324, 0.9])
def test_adjusted_p_values_are_those_of_statsmodels(p_values: list[float]) -> None:
    theirs = multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm(np.array(p_values)), theirs, rtol=1e-12, atol=0)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_as_many_tests_are_rejected_as_by_statsmodels(level: float) -> None:
    p_values = np.random.default_rng(1).beta(0.4, 4.0, size=50)
    rejected = multipletests(p_values, alpha=level, method="holm")[0]
    assert 0 < rejected.sum() < 50
    assert (holm(p_values) <= level).tolist() == rejected.tolist()
