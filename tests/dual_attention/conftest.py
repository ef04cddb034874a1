"""A planted world and a model trained on it, made once."""

import pytest

from ipml.dual_attention import stage
from tests.dual_attention.planted import World


@pytest.fixture(scope="session")
def world(tmp_path_factory, tracking_database) -> World:
    return World(tmp_path_factory.mktemp("dual_attention"), tracking_database)


@pytest.fixture(scope="session")
def trained(world) -> str:
    """Version of ``dual_attn-JP``."""
    return world.call(stage.train, world.train_settings()).version
