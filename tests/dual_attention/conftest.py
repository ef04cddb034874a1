"""A planted world and a model trained on it, made once."""

import pytest

from tests.dual_attention.planted import World


@pytest.fixture(scope="session")
def world(attention_world) -> World:
    return attention_world


@pytest.fixture(scope="session")
def trained(attention_model) -> str:
    """Version of ``dual_attn-JP``."""
    return attention_model
