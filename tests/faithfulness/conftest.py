"""The planted world of the attention tests, with a model trained on it."""

import pytest

from tests.dual_attention.planted import World


@pytest.fixture(scope="session")
def world(attention_world, attention_model) -> World:
    """World that the tests of this folder share; they only add runs to it."""
    return attention_world
