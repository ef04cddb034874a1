import pytest

from tests.vectors.planted import World, new_world


@pytest.fixture(scope="package")
def world(tmp_path_factory, tracking_database) -> World:
    """World that the tests of this folder share; they only add runs to it."""
    return new_world(tmp_path_factory, tracking_database)
