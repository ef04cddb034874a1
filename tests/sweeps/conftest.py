import pytest

from ipml.config import compose_config
from ipml.tracking.runs import connect


@pytest.fixture
def runs_of(home):
    """Reads all runs of a stage, oldest first."""

    def read(stage):
        found = connect(compose_config("sweep")).search_runs(
            ["1"], f"tags.`ipml.stage` = '{stage}'", order_by=["attributes.start_time ASC"]
        )
        return list(found)

    return read
