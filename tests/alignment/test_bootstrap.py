import dataclasses

import numpy as np
import pytest

from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.bootstrap import FILE, bootstrap_alignments, drawn, fit_bootstrap, read_bootstrap
from ipml.alignment.data import AlignmentData
from ipml.config import compose_config
from ipml.errors import InputError
from ipml.linear_map.solvers import orthogonal
from tests.alignment.methods.planted import planted


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


def test_the_maps_are_those_of_the_drawn_dictionaries_and_vary_as_the_dictionary_is_small(tmp_path):
    config = compose_config("train", ["model=alignment"])
    spread = {}
    for n_train in (30, 200):
        data = planted(noise=0.4, n_train=n_train)
        fit_bootstrap(config.model.map, config.trainer, data, 6, tmp_path / str(n_train))
        maps = list(read_bootstrap(tmp_path / str(n_train)))
        for number, (matrix, scale) in enumerate(maps):
            np.testing.assert_allclose(
                matrix, orthogonal(*drawn(data, [data.seed, number]).train), atol=1e-12
            )
            assert scale == length_ratio(matrix, data.X, data.Y)
        spread[n_train] = np.std([matrix for matrix, _ in maps], axis=0).mean()
    assert 0 < spread[200] < 0.7 * spread[30]


def test_an_alignment_yields_itself_with_each_map(tmp_path):
    data: AlignmentData = planted()
    config = compose_config("train", ["model=alignment"])
    means = np.zeros((0, 8))
    alignment = Alignment(orthogonal(*data.train), means, means, 1.0, ("unit",), {"pair": "ja-en"})
    alignment.save(tmp_path)
    with pytest.raises(InputError, match=r"bootstrap\.safetensors: missing; train.*model\.bootstrap_maps"):
        list(bootstrap_alignments(tmp_path))
    fit_bootstrap(config.model.map, config.trainer, data, 3, tmp_path)
    maps = list(bootstrap_alignments(tmp_path))
    assert len(maps) == 3
    for one, (matrix, scale) in zip(maps, read_bootstrap(tmp_path), strict=True):
        expected = dataclasses.replace(alignment, matrix=matrix, scale=scale)
        np.testing.assert_array_equal(one.apply(data.X), expected.apply(data.X))
        assert np.abs(one.matrix - alignment.matrix).max() > 1e-4
    (tmp_path / FILE).write_bytes(b"broken")
    with pytest.raises(InputError, match=r"bootstrap\.safetensors: not a whole safetensors file"):
        list(read_bootstrap(tmp_path))
