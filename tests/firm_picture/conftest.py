"""A planted world with a model and its keywords, made once."""

import pytest

from ipml.dual_attention import stage
from ipml.dual_attention.keywords import stage as keywords_stage
from tests.dual_attention.planted import World


@pytest.fixture(scope="package")
def world(tmp_path_factory, tracking_database) -> World:
    made = World(tmp_path_factory.mktemp("firm_picture"), tracking_database, n_firms=60)
    made.call(stage.train, made.train_settings("model.n_folds=2", "model.max_epochs=8"))
    made.call(keywords_stage.extract, made.settings("keywords", "selection.max_firm_share=0.9"))
    return made
