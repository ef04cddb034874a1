import numpy as np
import pytest

from ipml.evaluation.estimates.bootstrap import Comparison, Resampled, bootstrap_angles
from ipml.evaluation.estimates.contrast import contrast
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.sample import Sample
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import angle_degrees, squared_chord
from tests.evaluation.planted import planted_pair


def draw(n: int, d: int, seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(n, d)) + 1.0
    P = T @ rng.normal(size=(d, d)) + rng.normal(size=(n, d))
    return Sample(P, T, rng.random(n) < 0.8, 2.0)


@pytest.mark.parametrize(("n", "d"), [(60, 8), (9, 30)])
def test_a_refit_is_the_ridge_regression_of_the_firms_drawn(n: int, d: int) -> None:
    sample = draw(n, d, 1)
    group = Resampled(sample, [0, 0])
    counts = group.draw(3)
    assert counts.sum(axis=1).tolist() == [n] * 3
    X = np.random.default_rng(2).normal(size=(4, d)).astype(np.float32)
    rows = np.repeat(np.arange(n), counts[1] * sample.fitted)
    A = ridge(sample.technology_vectors[rows], sample.product_vectors[rows], sample.strength)
    assert group.made(counts[1], X) == pytest.approx(X @ A.T, abs=1e-3)


def test_angles_of_both_directions_are_those_of_a_plain_loop() -> None:
    samples = {"a": draw(40, 6, 3), "b": draw(30, 6, 4), "c": draw(35, 6, 5)}
    cells = {name: [np.arange(len(one.fitted)), np.arange(7)] for name, one in samples.items()}
    comparisons = [Comparison(x, y, (cells[x], cells[y])) for x, y in (("a", "b"), ("a", "c"), ("b", "c"))]
    found = list(bootstrap_angles(samples, comparisons, 30, seed=7))
    assert len(found) == 30
    for number in (0, 26):  # of the first and of the second chunk
        drawn = {}
        for position, (name, sample) in enumerate(samples.items()):
            group = Resampled(sample, [7, position])
            counts = np.concatenate([group.draw(25), group.draw(5)])[number]
            rows = np.repeat(np.arange(len(counts)), counts)
            fit = rows[sample.fitted[rows]]
            A = ridge(sample.technology_vectors[fit], sample.product_vectors[fit], sample.strength)
            drawn[name] = rows, A
        for i, one in enumerate(comparisons):
            for side, (own, other) in enumerate(((one.first, one.second), (one.second, one.first))):
                rows, A = drawn[own][0], drawn[other][1]
                for k, cell in enumerate(one.cells[side]):
                    chosen = rows[np.isin(rows, cell)]
                    P, T = samples[own].product_vectors[chosen], samples[own].technology_vectors[chosen]
                    expected = angle_degrees(P.mean(axis=0), A @ T.mean(axis=0))
                    assert found[number][i][side, k] == pytest.approx(float(expected), abs=0.05)


def test_a_cell_of_which_no_firm_was_drawn_has_no_angle() -> None:
    samples = {"a": draw(40, 6, 3), "b": draw(30, 6, 4)}
    cells = ([np.arange(40), np.array([0])], [np.arange(30), np.arange(30)])
    found = np.array([one[0] for one in bootstrap_angles(samples, [Comparison("a", "b", cells)], 40, 0)])
    missing = np.isnan(found[:, 0, 1])
    assert 0.2 < missing.mean() < 0.6  # (1 - 1/40)^40 = .36
    assert np.isfinite(found[:, 0, 0]).all()
    assert np.isfinite(found[:, 1]).all()


def test_its_noise_is_that_of_the_delta_method() -> None:
    """Refits add to the squared chord about what the delta method says that noise adds, for the same penalty."""
    first, second, _ = planted_pair(0.0, 400, 400, 8, np.random.default_rng(9))
    cells = [np.arange(400)]
    moments = noise_moments(contrast((first, second), 0, cells))
    angles = bootstrap_angles({"a": first, "b": second}, [Comparison("a", "b", (cells, cells))], 300, 1)
    chords = squared_chord(np.array([one[0][0, 0] for one in angles]))
    assert chords.mean() - moments.plug_in == pytest.approx(moments.trace, rel=0.3)


@pytest.mark.parametrize(("n", "d"), [(20, 4), (3, 8)])
def test_a_refit_that_nothing_decides_is_refused(n: int, d: int) -> None:
    """Without a penalty, technology that is zero on an axis, or that of no firm, leaves A open."""
    T = np.random.default_rng(1).normal(size=(n, d))
    T[:, 0] = 0.0
    T[0] = 0.0
    group = Resampled(Sample(T, T, np.ones(n, dtype=bool), 0.0), [0, 0])
    with pytest.raises(ValueError, match="the penalty is too small for single precision"):
        group.made(np.ones(n, dtype=np.int64), np.ones((1, d), dtype=np.float32))
