"""The planted world of the attention tests, with a model trained on it."""

import pytest

from ipml.dual_attention import stage
from tests.dual_attention.planted import World


@pytest.fixture(scope="package")
def world(tmp_path_factory, tracking_database) -> World:
    """World that the tests of this folder share; they only add runs to it."""
    world = World(tmp_path_factory.mktemp("faithfulness"), tracking_database)
    world.call(stage.train, world.train_settings())
    return world
