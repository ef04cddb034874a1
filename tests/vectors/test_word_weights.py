import numpy as np
import pytest
from scipy import sparse

from ipml.alignment.registered import open_aligned_language
from ipml.alignment.stage import train
from ipml.vectors.firm_vectors import PATENTS, PRODUCTS, WordWeights
from ipml.vectors.settings import VectorsSettings
from ipml.vectors.stage import build

FIRMS = ["a", "b", "c"]


@pytest.fixture
def weights():
    matrix = np.array([[0.25, 0.75, 0.0], [0.0, 0.0, 0.0], [0.5, 0.0, 0.5]])
    return WordWeights(sparse.csr_matrix(matrix), ("one", "two", "three"))


def test_a_table_is_read_as_it_was_written(weights):
    read = WordWeights.from_frame(weights.to_frame(FIRMS), FIRMS)
    order = [read.words.index(word) for word in weights.words]
    np.testing.assert_allclose(read.matrix.toarray()[:, order], weights.matrix.toarray())


def test_firms_are_chosen_and_in_the_order_asked_for(weights):
    vectors = {"one": [1.0, 0], "two": [0, 1.0], "three": [3.0, 3.0]}
    read = WordWeights.from_frame(weights.to_frame(FIRMS), ["c", "a"])
    means = read.means(np.array([vectors[word] for word in read.words]))
    np.testing.assert_allclose(means, [[2, 1.5], [0.25, 0.75]])
    assert WordWeights.from_frame(weights.to_frame(FIRMS), ["a"]).words == ("one", "two")


def test_the_vectors_of_firms_can_be_made_again_of_what_the_stage_keeps(world):
    settings = world.settings("train", "model=alignment", "model.accuracy_at=[1]")
    world.run(train, settings)
    world.add_keywords("JP", "ja")
    vectors = world.run(build, world.settings("vectors", "country=JP"))
    run_id = world.workspace.find_run("vectors", country="JP").id
    made_with = world.workspace.load_settings(run_id, VectorsSettings)
    assert made_with.calibrated is True
    space = open_aligned_language(made_with, world.workspace, "ja", version="1")
    firm_ids = vectors.firms["firm_id"].tolist()
    for kind, expected in ((PRODUCTS, vectors.P), (PATENTS, vectors.T)):
        kept = WordWeights.from_frame(world.workspace.load_table(run_id, kind), firm_ids)
        known, of_words = space.language.vectors.select(list(kept.words))
        assert known.all()
        np.testing.assert_allclose(
            kept.means(space.to_reference_space(kept.words, of_words)), expected, atol=1e-6
        )
