import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipml.alignment.calibration import (
    Calibration,
    Measurement,
    fit_calibration,
    measured,
    right_pairs,
    word_means,
)
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors

SIZE = 30
SHIFT = 0.3 * np.arange(SIZE) / SIZE


def contraction(low=0.3, high=0.7):
    """R with singular values between two bounds, not symmetric."""
    return (
        random_orthogonal(SIZE, SIZE, 1)
        @ np.diag(np.linspace(low, high, SIZE))
        @ random_orthogonal(SIZE, SIZE, 2)
    )


def planted(n=3000, R=None, noise=1.0, wrong=0.0, seed=0):
    """Unit English vectors y with a common mean, and x̂ = r0 + R y + error; a share of the pairs is wrong."""
    rng = np.random.default_rng(seed)
    y = unit_vectors(rng.normal(size=(n, SIZE)) + 0.7)
    R = 0.45 * np.eye(SIZE) if R is None else R
    aligned = SHIFT + y @ R.T + noise * rng.normal(size=y.shape) / np.sqrt(SIZE)
    is_wrong = rng.random(n) < wrong
    reference = np.where(is_wrong[:, None], y[rng.permutation(n)], y)
    return aligned, reference, y, is_wrong


def bag_error(calibration, R=None, noise=1.0):
    """Mean over axes: how far the mean of 20,000 words to one side comes out too near or too far, as a share."""
    aligned, _, y, _ = planted(60_000, R, noise, seed=99)
    calibrated = calibration.apply(aligned)
    np.testing.assert_allclose(calibrated.mean(axis=0), y.mean(axis=0), atol=0.05)
    errors = []
    for axis in range(SIZE):
        chosen = y[:, axis] > np.quantile(y[:, axis], 2 / 3)
        true = y[chosen].mean(axis=0) - y.mean(axis=0)
        found = calibrated[chosen].mean(axis=0) - calibrated.mean(axis=0)
        errors.append(abs(found @ true / (true @ true) - 1))
    return float(np.mean(errors))


@pytest.mark.parametrize("full", [False, True])
def test_means_of_words_that_were_not_in_the_fit_come_out_right(full):
    R = contraction() if full else None
    aligned, reference, *_ = planted(6000, R)
    calibration = fit_calibration(aligned, reference, np.arange(len(aligned)), 100_000)
    assert bag_error(calibration, R) < 0.05
    y = planted()[2].mean(axis=0)
    uncalibrated = Calibration(np.eye(SIZE), y - (SHIFT + y @ (0.45 * np.eye(SIZE) if R is None else R).T))
    assert bag_error(uncalibrated, R) > 0.5


def test_wrong_pairs_are_seen_and_do_not_make_it_overshoot():
    aligned, reference, _, is_wrong = planted(wrong=0.2, noise=0.7)
    right = right_pairs(aligned, reference)
    assert right[~is_wrong].mean() > 0.9 > 0.3 > right[is_wrong].mean()
    calibration = fit_calibration(aligned, reference, np.arange(len(aligned)), 100_000)
    assert bag_error(calibration, noise=0.7) < 0.03
    plain = measured(aligned, reference, np.ones(len(aligned))).inverted(100_000)
    assert bag_error(plain, noise=0.7) > 0.2


def test_the_error_of_calibrated_words_is_measured_and_kept_with_the_model():
    aligned, reference, *_ = planted(6000, noise=0.5)
    calibration = fit_calibration(aligned, reference, np.arange(len(aligned)), 100_000)
    new, _, true, _ = planted(noise=0.5, seed=7)
    residuals = calibration.apply(new) - true
    assert np.trace(calibration.error) == pytest.approx(np.trace(np.cov(residuals.T)), rel=0.1)
    np.testing.assert_array_equal(Calibration.of(calibration.tensors()).error, calibration.error)


def test_a_model_from_before_errors_were_kept_is_read_without_them():
    old = Calibration(np.eye(2), np.zeros(2)).tensors()
    assert len(old) == 2
    assert Calibration.of(old).error is None
    assert Calibration.of({}) is None


def test_a_perfect_alignment_is_left_as_it_is():
    _, reference, *_ = planted(200)
    calibration = fit_calibration(reference, reference, np.arange(200), 1000)
    np.testing.assert_allclose(calibration.apply(reference), reference, atol=1e-6)


def test_with_few_words_only_one_factor_is_left():
    aligned, reference, *_ = planted(60, noise=2.0, seed=3)
    R = measured(aligned, reference, np.ones(60)).matrix
    spread = np.linalg.svd(R)[1]
    assert spread[0] - spread[-1] < 0.2 * spread.mean()
    aligned, reference, *_ = planted(20_000, contraction())
    np.testing.assert_allclose(measured(aligned, reference, np.ones(20_000)).matrix, contraction(), atol=0.06)


def measurement(R, seed=0):
    rng = np.random.default_rng(seed)
    error, spread = (M @ M.T + 0.1 * np.eye(SIZE) for M in rng.normal(size=(2, SIZE, SIZE)))
    return Measurement(R, SHIFT, -SHIFT, error, spread)


def test_many_words_invert_and_few_keep_a_direction_without_signal_from_blowing_up():
    exact = measurement(contraction()).inverted(10**9)
    np.testing.assert_allclose(exact.matrix, np.linalg.inv(contraction()), atol=1e-5)
    np.testing.assert_allclose(exact.apply(SHIFT[None]), -SHIFT[None], atol=1e-5)
    almost_singular = measurement(contraction(low=1e-6))
    assert np.linalg.norm(almost_singular.inverted(100).matrix) < 1000
    assert np.linalg.norm(almost_singular.inverted(10**15).matrix) > 1e4


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.integers(1, 10**6))
def test_an_invertible_map_after_the_aligner_changes_nothing(seed, words):
    rng = np.random.default_rng(seed)
    L = random_orthogonal(SIZE, SIZE, seed) @ np.diag(rng.uniform(0.2, 3, SIZE))
    plain = measurement(contraction(), seed)
    mapped = Measurement(
        L @ plain.matrix, L @ plain.mean, plain.reference_mean, L @ plain.error @ L.T, plain.spread
    )
    aligned = rng.normal(size=(5, SIZE))
    np.testing.assert_allclose(
        mapped.inverted(words).apply(aligned @ L.T), plain.inverted(words).apply(aligned), atol=1e-4
    )


def test_a_word_counts_once_with_the_mean_of_its_right_translations():
    aligned = np.array([[1.0, 1], [1, 1], [2, 2]])
    reference = np.array([[4.0, 0], [0, 4], [8, 8]])
    rows, means, weights = word_means(aligned, reference, np.array([7, 7, 3]), np.array([0.75, 0.25, 0.5]))
    np.testing.assert_allclose(rows, [[2, 2], [1, 1]])
    np.testing.assert_allclose(means, [[8, 8], [3, 1]])
    np.testing.assert_allclose(weights, [0.5, 1 - 0.25 * 0.75])


def test_the_words_of_a_dictionary_with_several_translations_are_no_more_contracted():
    aligned, reference, *_ = planted(4000)
    sense = 0.5 * np.random.default_rng(5).normal(size=reference.shape) / np.sqrt(SIZE)
    pairs, twice = np.concatenate([reference + sense, reference - sense]), np.tile(aligned, (2, 1))
    words = np.tile(np.arange(4000), 2)
    assert bag_error(fit_calibration(twice, pairs, words, 100_000)) < 0.03
    assert (
        bag_error(fit_calibration(twice, pairs, np.arange(8000), 100_000)) > 0.2
    )  # each for a word of its own


def test_too_few_words_are_refused():
    aligned, reference, *_ = planted(12)
    with pytest.raises(ValueError, match="4 source words; at least 5"):
        fit_calibration(aligned, reference, np.arange(12) % 4, 100)
