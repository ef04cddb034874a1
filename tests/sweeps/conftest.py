import tempfile
from pathlib import Path

import pytest

from ipml.config import compose_settings
from ipml.tracking import Workspace
from tests.sweeps import postgresql


@pytest.fixture
def runs_of(home):
    """Reads all runs of a stage, oldest first."""

    def read(stage):
        found = Workspace(compose_settings("sweep")).client.search_runs(
            ["1"], f"tags.`ipml.stage` = '{stage}'", order_by=["attributes.start_time ASC"]
        )
        return list(found)

    return read


@pytest.fixture(params=["sqlite", "journal", "postgresql"])
def where(request, home):
    """Overrides that name a storage of each kind."""
    if request.param == "sqlite":
        yield []
    elif request.param == "journal":
        yield [f"storage=journal:{home / 'sweep.log'}"]
    elif postgresql.binaries() is None:
        pytest.skip("no PostgreSQL server: apt install postgresql")
    else:
        # Not below the folder of the test, which is closed to others than its owner.
        with postgresql.server(Path(tempfile.gettempdir())) as url:
            yield [f"storage={url}"]
