"""A small world, made once."""

from typing import Any

import pytest

from ipml.simulation import Truth, load_truth
from ipml.simulation.plan import WorldPlan, draw_plan
from tests.simulation.worlds import CODES, make_world, world_of

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
    return draw_plan(world_of(SMALL), CODES)


@pytest.fixture(scope="session")
def small_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("worlds") / "small"
    make_world(root, SMALL)
    return root


@pytest.fixture(scope="session")
def small_truth(small_root) -> Truth:
    return load_truth(small_root)
