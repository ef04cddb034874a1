"""A planted world of firms whose product words tell who holds patents."""

import pytest

from ipml.dual_attention.data.sites import read_sites
from ipml.text import open_language
from tests.dual_attention import planted
from tests.dual_attention.planted import World

SMALL = (
    "model.n_folds=2",
    "model.max_epochs=6",
    "model.batch_size=8",
    "seeds=2",
    "forest.trees=20",
)


@pytest.fixture(scope="session")
def world(tmp_path_factory, tracking_database) -> World:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "MIXTURE", (8, 1))  # a few product words are enough to tell
        return World(tmp_path_factory.mktemp("keyword_comparison"), tracking_database)


@pytest.fixture(scope="session")
def settings(world):
    return world.settings("compare_keywords", *SMALL)


@pytest.fixture(scope="session")
def language(settings):
    return open_language(settings.embeddings, "ja")


@pytest.fixture(scope="session")
def sites(world, language):
    firms = world.corpus.firms("JP")
    labelled = firms[firms["has_patent"].notna()]["firm_id"].tolist()
    return read_sites(world.corpus, labelled, language, None, 32, 864)


@pytest.fixture(scope="session")
def labels(world, sites):
    firms = world.corpus.firms("JP").set_index("firm_id")
    return firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype="float32")
