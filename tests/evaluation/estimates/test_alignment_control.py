import numpy as np
import pytest
from scipy import sparse

from ipml.evaluation.estimates.alignment_control import (
    Control,
    averaged,
    combined_angle,
    control,
    map_angles,
    two_versions,
)
from ipml.evaluation.estimates.inference import debiased_squared_chord
from ipml.linear_map.solvers import ridge
from ipml.statistics.angles import angle_degrees, degrees_of_squared_chord, squared_chord

D, WORDS, FIRMS = 12, 400, 240
INDUSTRIES = [f"industry-{number % 3}" for number in range(FIRMS)]


def world(seed=0):
    """Weights of words in firms' products and patents, alike, and vectors of the words about a common mean."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(WORDS, D)) + 1.5 * np.ones(D)
    weights = []
    for _ in range(2):
        liked = vectors @ rng.normal(size=(D, FIRMS)) / np.sqrt(D)
        chosen = np.argsort(rng.gumbel(size=(FIRMS, WORDS)) + liked.T, axis=1)[:, -25:]
        rows = np.repeat(np.arange(FIRMS), 25)
        weights.append(
            sparse.csr_matrix((np.full(len(rows), 1 / 25), (rows, chosen.ravel())), (FIRMS, WORDS))
        )
    return weights, vectors


def controlled(translated, known=None, min_firms=5, seed=0):
    weights, vectors = world()
    known = np.ones(WORDS, dtype=bool) if known is None else known
    versions = [two_versions(part, vectors, translated, known) for part in weights]
    return control(*versions, INDUSTRIES, min_firms, seed)


def degrees(one: Control) -> float:
    return combined_angle([(1.0, one)], 0.95).debiased.degrees


def test_words_without_a_translation_are_dropped_on_both_sides():
    weights = sparse.csr_matrix([[0.5, 0.25, 0.25], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
    own, other = np.eye(3), 10 * np.eye(3)
    versions = two_versions(weights, own, other, np.array([True, True, False]))
    np.testing.assert_allclose(versions.own, [[2 / 3, 1 / 3, 0], [0, 0, 0], [0.5, 0.5, 0]])
    np.testing.assert_allclose(versions.translated, 10 * versions.own)
    assert versions.kept.tolist() == [True, False, True]
    assert versions.coverage == pytest.approx((0.75 + 0 + 1) / 3)
    np.testing.assert_array_equal(versions.swapped().own, versions.translated)
    np.testing.assert_array_equal(versions.swapped().translated, versions.own)


def test_a_centre_is_taken_off_both_versions_and_nothing_else():
    weights, vectors = world()
    versions = two_versions(weights[0], vectors, 2 * vectors, np.ones(WORDS, bool))
    centre = np.arange(D) / D
    moved = versions.about(centre)
    np.testing.assert_array_equal(moved.own, versions.own - centre)
    np.testing.assert_array_equal(moved.translated, versions.translated - centre)
    assert (moved.kept is versions.kept, moved.coverage) == (True, versions.coverage)
    assert versions.about(None) is versions


def test_without_an_error_of_the_alignment_the_interval_holds_zero():
    _, vectors = world()
    for level in ("group", "industry_mean"):
        angle = combined_angle([(1.0, controlled(vectors)[level])], 0.95)
        assert angle.debiased.low == 0
        assert angle.debiased.degrees < 4 < angle.plug_in + 4


def test_the_worse_the_alignment_the_larger_the_angle():
    _, vectors = world()
    error = np.random.default_rng(1).normal(size=vectors.shape)
    found = [degrees(controlled(vectors + size * error)["group"]) for size in (0.0, 3.0, 9.0)]
    assert found[0] < 4 < found[1] < found[2]


def test_a_turn_of_the_aligned_words_is_not_seen_where_it_is_of_both_but_where_it_is_of_one():
    """A translated firm in a turned space sells turned products; through the A of the others that is an angle."""
    _, vectors = world()
    turn = np.eye(D)
    turn[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    versions = [
        two_versions(part, vectors @ turn.T, vectors @ turn.T, np.ones(WORDS, bool)) for part in world()[0]
    ]
    both = control(*versions, INDUSTRIES, 5, 0)
    assert degrees(both["group"]) < 4
    assert degrees(controlled(vectors @ turn.T)["group"]) > 6


def test_too_few_firms_give_no_level():
    _, vectors = world()
    few = controlled(vectors, min_firms=41)
    assert set(few) == {"group"}
    weights, _ = world()
    versions = [two_versions(part[:19], vectors, vectors, np.ones(WORDS, bool)) for part in weights]
    assert control(*versions, INDUSTRIES[:19], 5, 0) == {}


def test_halves_are_drawn_by_the_seed():
    _, vectors = world()
    error = vectors + np.random.default_rng(1).normal(size=vectors.shape)
    first, again, other = (controlled(error, seed=seed)["group"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.plug_in, again.plug_in)
    assert (first.plug_in != other.plug_in).all()
    assert first.n == FIRMS


def test_squared_chords_of_two_alignments_add_up_and_those_of_two_directions_are_averaged():
    _, vectors = world()
    error = 3 * np.random.default_rng(1).normal(size=vectors.shape)
    one, two = (controlled(vectors + part)["industry_mean"] for part in (error, 2 * error[::-1]))
    chords = [debiased_squared_chord(part.moments) for part in (one, two)]
    total = combined_angle([(1.0, one), (1.0, two)], 0.95)
    mean = combined_angle([(0.5, one), (0.5, two)], 0.95)
    assert total.debiased.degrees == pytest.approx(degrees_of_squared_chord(sum(chords)), rel=0.02)
    assert mean.debiased.degrees == pytest.approx(degrees_of_squared_chord(np.mean(chords)), rel=0.02)
    assert mean.debiased.low < mean.debiased.degrees < mean.debiased.high
    plug_in = squared_chord([one.plug_in.mean(), two.plug_in.mean()]).sum()
    assert total.plug_in == pytest.approx(degrees_of_squared_chord(plug_in))
    width = [angle.high - angle.low for angle in (mean.debiased, combined_angle([(1.0, two)], 0.95).debiased)]
    assert width[0] < width[1]


def test_a_mean_of_controls_of_the_same_firms_is_no_surer_than_one_of_them():
    _, vectors = world()
    one = controlled(vectors + np.random.default_rng(1).normal(size=vectors.shape))["group"]
    twice = averaged([one, one])
    assert twice.moments.plug_in == pytest.approx(one.moments.plug_in)
    assert twice.moments.trace_of_square == pytest.approx(one.moments.trace_of_square)
    angles = [combined_angle([(1.0, control)], 0.95).debiased for control in (twice, one)]
    assert list(angles[0]) == pytest.approx(list(angles[1]))
    assert len(twice.plug_in) == 2 * len(one.plug_in)


def test_map_angles_are_plug_in_angles_through_the_other_groups_ridge():
    weights, vectors = world()
    P, T = (part @ vectors for part in weights)
    fitted = np.arange(FIRMS) % 2 == 0
    found = map_angles((P, T), (P + 1, T), fitted, 0.1, [np.arange(5), np.arange(5, FIRMS)])
    A = ridge(T[fitted], P[fitted] + 1, 0.1)
    expected = [
        angle_degrees(P[rows].mean(axis=0), A @ T[rows].mean(axis=0)) for rows in (slice(5), slice(5, None))
    ]
    np.testing.assert_allclose(found, expected)
