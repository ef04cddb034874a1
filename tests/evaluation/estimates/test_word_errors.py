"""Errors of words as clusters: closed form, drawn errors, coverage in a world of words."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from ipml.evaluation.estimates.contrast import Contrast, both_directions, contrast
from ipml.evaluation.estimates.inference import debiased_angle, debiased_squared_chord
from ipml.evaluation.estimates.noise import noise_moments
from ipml.evaluation.estimates.sample import ClusteredSample, Sample
from ipml.evaluation.estimates.word_errors import FirmWords, WordErrors
from ipml.vectors.firm_vectors import WordWeights

D, WORDS, FIRMS, STRENGTH = 5, 60, 300, 1e-3
NAMES = tuple(f"word{number}" for number in range(WORDS))
CELLS = [np.arange(100), np.arange(100, FIRMS)]


def drawn_words(seed: int, code: str) -> FirmWords:
    """Words in products and in patents: what a firm's patents are about decides what it sells."""
    rng = np.random.default_rng(seed)
    liked = rng.dirichlet(np.full(WORDS, 0.3), size=FIRMS)
    products, patents = (sparse.csr_matrix(rng.multinomial(30, liked) / 30) for _ in range(2))
    return FirmWords((WordWeights(products, NAMES), WordWeights(patents, NAMES)), (code, code))


def sample_of(words: FirmWords, vectors: np.ndarray) -> Sample:
    """Firms whose product words and patent words have the given vectors."""
    P, T = (np.asarray(of_kind.matrix @ vectors) for of_kind in words.weights)
    return Sample(P, T, np.ones(FIRMS, dtype=bool), STRENGTH)


def true_vectors() -> np.ndarray:
    return np.random.default_rng(9).normal(size=(WORDS, D)) + 1.5


def both_ways(*samples: Sample) -> Contrast:
    first, second = samples
    return both_directions(*(contrast((first, second), side, CELLS) for side in (0, 1)))


def added(words: tuple[FirmWords, FirmWords], errors: dict[str, np.ndarray], of: Contrast) -> float:
    moments = noise_moments(of)
    return WordErrors(words, errors).added_to(moments, of).trace - moments.trace


def one_word(firms: int, code: str) -> FirmWords:
    matrix = sparse.csr_matrix(np.ones((firms, 1)))
    return FirmWords((WordWeights(matrix, ("a",)),) * 2, (code, "en"))


def test_one_word_that_firms_share_turns_what_they_sell_by_its_error() -> None:
    """n firms sell one word: its error is that of the mean, less the 1 / n that the spread of firms would show."""
    sold, made = np.array([2.0, 0.0]), np.array([2.0, 0.0])
    for n in (1, 4):
        own = Sample(np.tile(sold, (n, 1)), np.ones((n, 1)), np.ones(n, dtype=bool), 1e-9)
        other = Sample(np.tile(made, (3, 1)), np.ones((3, 1)), np.ones(3, dtype=bool), 1e-9)
        of = contrast((own, other), 0, [np.arange(n)])
        error = np.diag([7.0, 0.2])  # along the vector itself an error turns nothing
        found = added((one_word(n, "ja"), one_word(3, "en")), {"ja": error}, of)
        assert found == pytest.approx(0.2 / 4.0 * (1 - 1 / n), abs=1e-12)


def test_moments_are_those_of_all_influences_with_a_known_covariance_added() -> None:
    """Against a plain reference: n firms sell one word, so V of words is known in closed form."""
    rng = np.random.default_rng(0)
    own = Sample(rng.normal(size=(40, 3)) + 3.0, np.ones((40, 1)), np.ones(40, dtype=bool), 1e-9)
    other = Sample(rng.normal(size=(30, 3)) + 3.0, np.ones((30, 1)), np.ones(30, dtype=bool), 1e-9)
    of = contrast((own, other), 0, [np.arange(40)])
    error, plain = np.diag([0.1, 0.2, 0.4]), noise_moments(of)
    found = WordErrors((one_word(40, "ja"), one_word(30, "en")), {"ja": error}).added_to(plain, of)
    u = own.product_vectors.mean(axis=0)
    length = np.linalg.norm(u)
    turned = (np.eye(3) - np.outer(u, u) / length**2) / length
    known = turned @ error @ turned * (1 - 1 / 40)
    cell = of.cells[0]
    fitted = -(np.eye(3) - np.outer(cell.direction, cell.direction)) / np.linalg.norm(cell.made)
    X = np.vstack([cell.own, cell.weights[:, None] * other.fit.residuals @ fitted])
    V, d = X.T @ X + other.fit.hidden(cell.gap[None] / np.linalg.norm(cell.made)) * np.eye(3), cell.difference
    square = plain.trace_of_square + 2 * np.trace(V @ known) + np.trace(known @ known)
    along = plain.along + plain.trace_of_square + d @ known @ d
    assert found.plug_in == plain.plug_in
    assert found.trace == pytest.approx(plain.trace + np.trace(known))
    assert found.trace_of_square == pytest.approx(square)
    assert found.along == pytest.approx(max(along - square, 0.0), abs=1e-12)
    twice = (
        plain.growth * (plain.along + plain.trace_of_square) + 2 * d @ V @ known @ d + d @ known @ known @ d
    )
    assert found.growth == pytest.approx(twice / along)
    assert found.trace**2 / found.freedom == pytest.approx(plain.trace**2 / plain.freedom)


@pytest.mark.parametrize("languages", [("ja", "en"), ("ja", "zh")])
def test_the_trace_is_the_variance_of_errors_drawn_again_and_again(languages: tuple[str, str]) -> None:
    rng = np.random.default_rng(0)
    error = np.diag(np.linspace(0.5, 1.5, D)) * 0.02
    words = tuple(drawn_words(seed, code) for seed, code in zip((1, 2), languages, strict=True))
    differences = []
    for _ in range(200):
        noise = {code: rng.multivariate_normal(np.zeros(D), error, WORDS) for code in ("ja", "zh")}
        of = both_ways(*(sample_of(one, true_vectors() + noise.get(one.languages[0], 0)) for one in words))
        differences.append(np.concatenate([cell.difference for cell in of.cells]))
    variance = np.var(differences, axis=0, ddof=1).sum() / 4  # the mean over four cells
    exact = both_ways(*(sample_of(one, true_vectors()) for one in words))
    assert added(words, {"ja": error, "zh": error}, exact) == pytest.approx(variance, rel=0.2)


def test_intervals_that_know_nothing_of_errors_of_words_cover_too_little() -> None:
    """Both groups convert alike, and the product words of one have errors."""
    error = 0.2 * np.eye(D)
    words = replace(drawn_words(1, "en"), languages=("ja", "en")), drawn_words(2, "en")
    counted = WordErrors(words, {"ja": error})
    without, covering = [], []
    for seed in range(20):
        noise = np.random.default_rng(100 + seed).multivariate_normal(np.zeros(D), error, WORDS)
        exact, noisy = (sample_of(words[0], true_vectors() + part) for part in (0, noise))
        first = replace(noisy, technology_vectors=exact.technology_vectors)
        of = both_ways(first, sample_of(words[1], true_vectors()))
        plain = noise_moments(of)
        without.append(plain)
        covering.append(counted.added_to(plain, of))
    low = [[debiased_angle(moments).low for moments in of] for of in (without, covering)]
    assert np.mean(np.array(low[0]) == 0) < 0.2
    assert np.mean(np.array(low[1]) == 0) > 0.85
    chords = [np.mean([debiased_squared_chord(moments) for moments in of]) for of in (without, covering)]
    assert abs(chords[1]) < 0.4 * chords[0]


def test_words_that_both_groups_share_err_alike_and_add_less_than_those_of_two_languages() -> None:
    errors = {"ja": 0.1 * np.eye(D), "zh": 0.1 * np.eye(D)}
    of = both_ways(*(sample_of(drawn_words(seed, "ja"), true_vectors()) for seed in (1, 2)))
    alike = added((drawn_words(1, "ja"), drawn_words(2, "ja")), errors, of)
    apart = added((drawn_words(1, "ja"), drawn_words(2, "zh")), errors, of)
    assert 0 < alike < 0.7 * apart


def test_words_are_known_by_name_and_not_by_column() -> None:
    first, second = drawn_words(1, "ja"), drawn_words(2, "ja")
    of = both_ways(sample_of(first, true_vectors()), sample_of(second, true_vectors()))
    order = np.random.default_rng(3).permutation(WORDS)
    names = tuple(NAMES[number] for number in order)
    products, patents = (WordWeights(one.matrix[:, order], names) for one in second.weights)
    errors = {"ja": np.eye(D)}
    expected = added((first, second), errors, of)
    assert added((first, replace(second, weights=(products, patents))), errors, of) == pytest.approx(expected)
    products, patents = (WordWeights(one.matrix, names) for one in second.weights)
    renamed = added((first, replace(second, weights=(products, patents))), errors, of)
    assert renamed > 1.1 * expected


def test_words_of_languages_without_errors_add_nothing() -> None:
    words = drawn_words(1, "en"), drawn_words(2, "en")
    of = both_ways(*(sample_of(one, true_vectors()) for one in words))
    plain = noise_moments(of)
    found = WordErrors(words, {"ja": np.eye(D)}).added_to(plain, of)
    assert debiased_angle(found) == debiased_angle(plain)


def test_firms_of_an_industry_count_as_the_regression_of_its_means_takes_them() -> None:
    """Clustered firms have other weights: those of all firms still make the products that the fit makes."""
    words = drawn_words(1, "ja")
    plain = sample_of(words, true_vectors())
    noise = 0.3 * np.random.default_rng(4).normal(size=(6, D))
    clusters = np.arange(FIRMS) % 6
    P = plain.product_vectors + noise[clusters]
    fitted = np.arange(FIRMS) < 200
    sample = ClusteredSample(P, plain.technology_vectors, fitted, STRENGTH, clusters)
    assert sample.effects.share > 0.3
    cell = contrast((plain, sample), 0, CELLS).cells[0]
    np.testing.assert_allclose(sample.of_all(cell.weights) @ P, cell.made, atol=1e-10)
    assert np.all(sample.of_all(cell.weights)[~fitted] == 0)
