import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["aligner", "conversion_map", "dual_attention"])
def test_the_examples_are_true(name):
    results = doctest.testmod(importlib.import_module(f"ipml.estimators.{name}"))
    assert results.attempted >= 3
    assert results.failed == 0
