from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.refits import calibrate, calibrated_on
from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.statistics.angles import unit_vectors
from tests.alignment.methods.planted import fit, planted

CONFIG = compose_settings("train", ["model=alignment"])


def task_of(data):
    """What a calibration reads of a task; the vectors are prepared already."""
    return SimpleNamespace(source=SimpleNamespace(vectors=data.X), target=SimpleNamespace(vectors=data.Y))


def alignment_of(data, aligner="orthogonal"):
    matrix = fit(data, aligner).matrix
    no_means = np.zeros((0, data.X.shape[1])), np.zeros((0, data.Y.shape[1]))
    return Alignment(matrix, *no_means, length_ratio(matrix, data.X, data.Y), ("unit",), {"pair": "ja-en"})


def contraction(vectors, English):
    """Slope of vectors on the English ones, about their means."""
    x, y = vectors - vectors.mean(axis=0), English - English.mean(axis=0)
    return np.sum(x * y) / np.sum(y * y)


@pytest.mark.parametrize("aligner", ["orthogonal", "ridge"])
def test_test_words_are_contracted_before_and_not_after(aligner):
    data = planted(d=20, e=20, noise=0.9, n_train=220, n_validation=0)
    config = compose_settings("train", ["model=alignment", f"aligner@model.map={aligner}"])
    alignment = calibrate(config, task_of(data), data, alignment_of(data, aligner))
    test = data.test_rows[:, 0]
    English = unit_vectors(data.Y[test])
    assert contraction(alignment.apply(data.X[test]), English) < 0.7
    calibrated = alignment.calibrated_vectors(["word"] * len(test), data.X[test])
    assert contraction(calibrated, English) == pytest.approx(1, abs=0.2)


def test_the_words_of_the_fit_would_hide_the_contraction():
    data = planted(d=20, e=20, noise=0.9, n_train=60)
    alignment = calibrate(CONFIG, task_of(data), data, alignment_of(data))
    own = alignment.apply(data.X[data.train_rows[:, 0]])
    naive = calibrated_on(own, data.train_rows, task_of(data), CONFIG.model.calibration.words)
    assert np.trace(naive.matrix) < 0.8 * np.trace(alignment.calibration.matrix)


def test_a_calibration_is_saved_with_the_model_and_leaves_the_search_alone(tmp_path):
    data = planted(noise=0.4)
    plain = alignment_of(data)
    alignment = calibrate(CONFIG, task_of(data), data, plain)
    alignment.save(tmp_path)
    loaded = Alignment.load(tmp_path)
    words = ["word"] * len(data.X)
    calibrated = loaded.calibrated_vectors(words, data.X)
    np.testing.assert_array_equal(calibrated, alignment.calibrated_vectors(words, data.X))
    assert np.abs(calibrated - plain.apply(data.X)).max() > 0.05
    np.testing.assert_array_equal(loaded.queries(data.X), plain.queries(data.X))
    np.testing.assert_array_equal(loaded.apply(data.X), plain.apply(data.X))


def test_without_words_enough_there_is_none_and_this_is_said():
    data = planted(n_train=4)
    alignment = calibrate(CONFIG, task_of(data), data, alignment_of(data))
    assert alignment.calibration is None
    with pytest.raises(InputError, match=r"alignment ja-en: not calibrated.*calibrated=false"):
        replace(alignment).calibrated_vectors(["word"], data.X[:1])


def test_one_word_cannot_be_left_out_of_its_own_fit_so_nothing_changes():
    data = planted(n_train=1)
    alignment = alignment_of(data)
    assert calibrate(CONFIG, task_of(data), data, alignment) is alignment
