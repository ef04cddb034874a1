"""A small world, made once."""

from typing import Any

import pytest

from ipml.simulation import Truth, ensure_world, load_truth
from ipml.simulation.plan import WorldPlan, draw_plan
from ipml.simulation.settings import read_settings
from tests.simulation.codes import CODES

SMALL: dict[str, Any] = {
    "scale": 0,
    "min_group": 6,
    "min_without_patents": 4,
    "dimension": 20,
    "topics": {
        "technology": 6,
        "product": 8,
        "words": 20,
        "page_themes": 2,
        "page_theme_words": 10,
        "general_words": 200,
    },
    "firms": {"industries": 3},
    "pages": {"mean": 4.0, "max": 8, "median_tokens": 60},
    "patents": {"mean": 3.0},
}


@pytest.fixture(scope="session")
def small_plan() -> WorldPlan:
    return draw_plan(read_settings(SMALL), CODES)


@pytest.fixture(scope="session")
def small_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("worlds") / "small"
    ensure_world(root, SMALL, CODES)
    return root


@pytest.fixture(scope="session")
def small_truth(small_root) -> Truth:
    return load_truth(small_root)
