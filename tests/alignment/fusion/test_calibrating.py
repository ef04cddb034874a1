from types import SimpleNamespace

import numpy as np
import pytest

from ipml.alignment.affine import Alignment
from ipml.alignment.calibration import Calibration
from ipml.alignment.fused import FusedAlignment, mean_translations
from ipml.alignment.fusion.stage import calibrate
from ipml.linear_map.solvers import random_orthogonal
from tests.alignment.fusion.planted import DIMENSION, Planted, folds, settings

NO_MEANS = np.zeros((0, DIMENSION))


@pytest.fixture(scope="module")
def world():
    """Planted words, what the stage would hand over, and the fused alignment without a calibration."""
    planted, model = Planted(error=2.0), settings().model
    task = SimpleNamespace(
        source=SimpleNamespace(
            vectors=planted.Japanese.astype(np.float32), row={w: i for i, w in enumerate(planted.source)}
        ),
        target=SimpleNamespace(vectors=planted.English),
        train=planted.lexicon(planted.train),
    )
    dictionary, fitting = planted.dictionary(), planted.fitting("model.written_form=null")
    stack = fitting.stacked(dictionary, folds(dictionary))
    aligner = fitting.fit(dictionary, stack)
    linear = Alignment(
        random_orthogonal(DIMENSION, DIMENSION, 1).T, NO_MEANS, NO_MEANS, 1.0, ("unit",), {"pair": "ja-en"},
        calibration=Calibration(2 * np.eye(DIMENSION), np.ones(DIMENSION)),
    )  # fmt: skip
    found = aligner.translate(np.arange(len(planted.source)))
    vectors = mean_translations(*found, planted.English, model.n_translations)
    return planted, task, model, stack, aligner, FusedAlignment(linear, tuple(planted.source), vectors)


def slope(vectors, English):
    x, y = vectors - vectors.mean(axis=0), English - English.mean(axis=0)
    return np.sum(x * y) / np.sum(y * y)


def test_words_in_and_out_of_the_dictionary_are_contracted_before_and_not_after(world):
    planted, task, model, stack, aligner, fused = world
    English = planted.English[planted.translation]
    calibrated = calibrate(fused, aligner, stack, task, model).calibrated
    assert slope(fused.vectors[planted.test], English[planted.test]) < 0.6
    assert slope(calibrated[planted.test], English[planted.test]) == pytest.approx(1, abs=0.15)
    assert slope(calibrated[planted.train], English[planted.train]) == pytest.approx(1, abs=0.15)


def test_dictionary_words_without_room_in_the_stack_go_by_the_linear_map(world):
    planted, task, model, _, aligner, fused = world
    fitting = planted.fitting("model.written_form=null", "model.max_stacked_words=90")
    dictionary = planted.dictionary()
    small = fitting.stacked(dictionary, folds(dictionary))
    calibrated = calibrate(fused, aligner, small, task, model)
    out = np.setdiff1d(planted.train, small.rows)
    assert len(out) == 60
    expected = fused.linear.calibrated_vectors([""] * 60, task.source.vectors[out])
    np.testing.assert_array_equal(calibrated.calibrated[out], expected)


def test_with_too_few_words_in_the_stack_none_is_calibrated(world):
    planted, task, model, _, aligner, fused = world
    fitting = planted.fitting("model.written_form=null", "model.max_stacked_words=4")
    dictionary = planted.dictionary()
    few = fitting.stacked(dictionary, folds(dictionary))
    assert len(few.rows) == 4
    assert calibrate(fused, aligner, few, task, model) is fused


def test_it_is_saved_and_needs_the_linear_one(world, tmp_path):
    planted, task, model, stack, aligner, fused = world
    alignment = calibrate(fused, aligner, stack, task, model)
    alignment.save(tmp_path)
    read, words = FusedAlignment.load(tmp_path), [planted.source[5], "無"]
    vectors = task.source.vectors[:2]
    np.testing.assert_array_equal(
        read.calibrated_vectors(words, vectors), alignment.calibrated_vectors(words, vectors)
    )
    np.testing.assert_array_equal(read.calibrated_vectors(words, vectors)[0], alignment.calibrated[5])
    np.testing.assert_array_equal(read.word_error, alignment.error)
    linear = Alignment(fused.linear.matrix, NO_MEANS, NO_MEANS, 1.0, ("unit",), {"pair": "ja-en"})
    alone = FusedAlignment(linear, fused.words, fused.vectors)
    assert calibrate(alone, aligner, stack, task, model).calibrated is None
