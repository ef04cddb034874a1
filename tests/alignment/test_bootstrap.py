import dataclasses

import numpy as np
import pytest

from ipml.alignment.affine import length_ratio
from ipml.alignment.refits import FILE, bootstrap_alignments, drawn, fit_bootstrap
from ipml.config import compose_settings
from ipml.errors import InputError
from ipml.linear_map.solvers import orthogonal
from tests.alignment.methods.planted import planted
from tests.alignment.test_cross_fitting import alignment_of, task_of


def with_two_translations(data):
    """The training words with a second, wrong translation each."""
    wrong = data.train_rows + np.array([0, 1])
    rows = np.concatenate([data.train_rows, wrong])
    return data.with_train(rows, np.repeat([0.7, 0.3], len(wrong)))


def test_a_word_is_drawn_with_all_its_pairs():
    data = with_two_translations(planted())
    again = drawn(data, [0, 1])
    assert again.weights.sum() == pytest.approx(data.weights.sum())
    times = {}
    for (source, target), weight in zip(again.train_rows.tolist(), again.weights, strict=True):
        share = 0.7 if source == target else 0.3
        times.setdefault(source, set()).add(round(weight / share, 9))
    assert all(len(found) == 1 for found in times.values())
    assert {int(n) for (n,) in times.values()} > {1}  # some twice or more
    assert len(again.train_rows) == 2 * len(times) < len(data.train_rows)


def bootstrapped(data, count, folder):
    """Save a model with maps of drawn dictionaries; returns the model and the maps that are read."""
    config = compose_settings("train", ["model=alignment", f"model.bootstrap_maps={count}"])
    alignment = alignment_of(data)
    fit_bootstrap(config, task_of(data), data, alignment, folder)
    alignment.save(folder)
    return alignment, list(bootstrap_alignments(folder))


def test_the_maps_are_those_of_the_drawn_dictionaries_and_vary_as_the_dictionary_is_small(tmp_path):
    spread = {}
    for n_train in (30, 200):
        data = planted(noise=0.4, n_train=n_train)
        alignment, maps = bootstrapped(data, 6, tmp_path / str(n_train))
        for number, one in enumerate(maps):
            matrix = orthogonal(*drawn(data, [data.seed, number]).train)
            np.testing.assert_allclose(one.matrix, matrix, atol=1e-12)
            expected = dataclasses.replace(
                alignment, matrix=one.matrix, scale=length_ratio(one.matrix, data.X, data.Y)
            )
            np.testing.assert_array_equal(one.apply(data.X), expected.apply(data.X))
        spread[n_train] = np.std([one.matrix for one in maps], axis=0).mean()
    assert 0 < spread[200] < 0.7 * spread[30]


def test_each_map_is_calibrated_on_the_words_that_were_not_drawn(tmp_path):
    data = planted(d=20, e=20, noise=0.9, n_train=250, n_validation=0)
    _, maps = bootstrapped(data, 4, tmp_path)
    test = data.test_rows[:, 0]
    slopes = []
    for one in maps:
        English = data.Y[test] - data.Y[test].mean(axis=0)
        calibrated = one.calibrated_vectors(["word"] * len(test), data.X[test])
        slopes.append(np.sum(calibrated * English) / np.sum(English**2))
    assert np.mean(slopes) == pytest.approx(1, abs=0.3)
    assert len({one.calibration.matrix.tobytes() for one in maps}) == 4


def test_what_is_missing_broken_or_too_small_is_said(tmp_path):
    data = planted()
    alignment_of(data).save(tmp_path)
    with pytest.raises(InputError, match=r"bootstrap\.safetensors: missing; train.*model\.bootstrap_maps"):
        list(bootstrap_alignments(tmp_path))
    (tmp_path / FILE).write_bytes(b"broken")
    with pytest.raises(InputError, match=r"bootstrap\.safetensors: not a file of this model"):
        list(bootstrap_alignments(tmp_path))
    alignment_of(data).save(tmp_path)
    with pytest.raises(InputError, match=r"bootstrap\.safetensors: not a whole safetensors file"):
        list(bootstrap_alignments(tmp_path))
    with pytest.raises(
        InputError, match=r"model\.bootstrap_maps=2: a dictionary drawn from 6 words leaves fewer"
    ):
        bootstrapped(planted(n_train=6), 2, tmp_path)
