"""The moments that worlds and real firms are compared by: closed forms and planted values."""

import numpy as np
import pytest

from benchmarks.hard_moments import moments_outside, real_ranges
from benchmarks.moments import (
    ACCURACY,
    AUC,
    GROWTH,
    MOMENTS,
    PURITY,
    TOKENS,
    Alignment,
    Source,
    Vectors,
    accuracy_by_frequency,
    common_words,
    conversion_cosines,
    firm_cosine,
    leading_share,
    moments_of,
    page_purity,
    tfidf_auc,
    vocabulary_growth,
)
from ipml.statistics.angles import directions


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("exponent", [0.4, 0.7, 1.0])
def test_a_vocabulary_that_grows_as_a_power_shows_its_exponent(exponent):
    text = [f"w{int((i + 1) ** exponent)}" for i in range(20_000)]
    assert vocabulary_growth([text], seed=0) == pytest.approx(exponent, abs=0.02)


def test_too_few_words_have_no_growth():
    assert np.isnan(vocabulary_growth([["a"] * 19_999], seed=0))


def test_words_that_stand_on_all_pages_or_on_one():
    menu = [f"menu{i}" for i in range(10)]
    pages = [[*menu, *(f"own{page}-{i}" for i in range(30))] for page in range(4)]
    assert common_words({"a": pages, "two pages are no site": pages[:2]}) == pytest.approx(10 / 40)
    assert np.isnan(common_words({"a": pages[:2]}))


def test_cosine_of_two_firms_is_that_of_all_pairs():
    rows = rng().normal(size=(30, 4)) + 1.0
    cosines = directions(rows) @ directions(rows).T
    assert firm_cosine(rows) == pytest.approx(cosines[~np.eye(30, dtype=bool)].mean())


def test_what_lies_in_few_components_is_found_there():
    plane = rng().normal(size=(50, 3)) @ rng().normal(size=(3, 40))
    assert leading_share(plane, 3) == pytest.approx(1.0)
    assert 0.05 < leading_share(rng().normal(size=(2000, 100)), 5) < 0.1


def test_a_conversion_is_held_to_firms_left_out():
    T = rng().normal(size=(200, 5)) + 1.0
    A = rng().normal(size=(5, 5))
    fitted, null = conversion_cosines(T, T @ A.T)
    assert fitted > 0.999
    assert null < 0.95
    fitted, null = conversion_cosines(T, np.random.default_rng(1).normal(size=(200, 5)) + 3.0)  # no link
    assert fitted <= null + 0.01


def test_words_of_firms_with_patents_are_found_and_others_not():
    random, labels = rng(), np.arange(200) % 2 == 0
    texts = [[f"w{i}" for i in random.integers(300, size=40)] for _ in labels]
    assert 0.35 < tfidf_auc(texts, labels, seed=0) < 0.65
    told = [
        [*text, *(f"patent{i}" for i in range(8))] if label else text
        for text, label in zip(texts, labels, strict=True)
    ]
    assert tfidf_auc(told, labels, seed=0) > 0.99


def test_purity_of_pages_apart_and_of_pages_alike():
    kinds = np.arange(300) % 3 == 0
    centre = np.where(kinds[:, None], [5.0, 0, 0, 0], [0, 5.0, 0, 0])
    assert page_purity(centre + rng().normal(size=(300, 4)), kinds, seed=0) == 1.0
    assert page_purity(rng().normal(size=(300, 4)), kinds, seed=0) == pytest.approx(2 / 3, abs=0.03)


def test_words_are_right_as_far_as_their_vectors_are():
    random, d = rng(), 10
    target = directions(random.normal(size=(600, d)))
    rotation = np.linalg.qr(random.normal(size=(d, d)))[0]
    error = np.repeat([0.0, 0.25, 3.0], 200)[:, None]  # the most frequent first
    source = (target + error * random.normal(size=(600, d))) @ rotation.T
    words = {
        code: Vectors({f"{code}{i}": i for i in range(600)}, v) for code, v in (("s", source), ("t", target))
    }
    pairs = [(f"s{i}", f"t{i}") for i in random.permutation(600)]
    unknown = [("none", "t1"), ("s1", "none")]
    found = accuracy_by_frequency(
        Alignment("s-t", words["s"], words["t"], pairs[:300] + unknown, pairs[300:])
    )
    frequent, middling, rare = (found[ACCURACY.format(band)] for band in ("frequent", "middling", "rare"))
    assert frequent > 0.95
    assert 0.1 < middling < 0.9
    assert rare < 0.1


def test_a_source_has_the_moments_that_its_texts_allow():
    vectors = Vectors({f"w{i}": i for i in range(50)}, rng().normal(size=(50, 6)).astype(np.float32))
    source = Source("few", vectors)
    for firm in range(40):
        source.pages[f"firm-{firm}"] = [[f"w{i}" for i in rng().integers(50, size=30)]]
        source.add_patents(f"firm-{firm}", [["w1"]] * firm)
    assert set(moments_of(source, seed=0)) == {TOKENS}
    assert source.patents["firm-3"] == ["w1"] * 3
    assert len(source.patents["firm-39"]) == 10
    assert "firm-2" not in source.patents


def test_a_moment_may_lie_a_fifth_beyond_the_real_ones_and_no_further():
    real = real_ranges([dict.fromkeys(MOMENTS, 0.5) | {PURITY: 0.85}, {GROWTH: 0.7}])
    assert real[GROWTH] == (0.5, 0.7)
    inside = dict.fromkeys(MOMENTS, 0.41) | {PURITY: 0.9, GROWTH: 0.84}
    assert moments_outside(inside, real) == []
    assert moments_outside(inside | {AUC: 0.61}, real) == [AUC]
    assert moments_outside(inside | {GROWTH: 0.85}, real) == [GROWTH]
    assert moments_outside(inside | {PURITY: 0.91}, real) == [PURITY]  # a bound of its own
