"""Fixtures for the tests of texts."""

import pytest


@pytest.fixture(scope="session")
def vector_cache(tmp_path_factory):
    """One cache for all tests of real vectors: resolving chiVe's words takes seconds."""
    return str(tmp_path_factory.mktemp("vectors"))
