import numpy as np
import pytest

from ipml.settings.world import Pages, Patents
from ipml.simulation.texts import (
    draw_page_kinds,
    draw_texts,
    page_counts,
    page_lengths,
    page_mixtures,
    patent_counts,
    patent_mixtures,
)


def rng():
    return np.random.default_rng(0)


def test_words_are_drawn_from_the_mixture(small_plan):
    ja = small_plan.languages["ja"]
    mixtures = np.zeros((3, len(small_plan.concepts.topic_names)))
    mixtures[0, 2] = 1.0
    mixtures[1, [0, 5]] = 0.25, 0.75
    mixtures[2, -1] = 1.0
    texts = draw_texts(mixtures, np.array([20_000, 20_000, 0]), ja, rng())
    topics = ja.topic[texts.ids]
    assert set(topics[:20_000]) == {2}
    assert set(topics[20_000:]) == {0, 5}
    assert (topics[20_000:] == 5).mean() == pytest.approx(0.75, abs=0.02)
    expected = np.where(ja.topic == 2, ja.probability, 0.0)
    np.testing.assert_allclose(
        np.bincount(texts.ids[:20_000], minlength=len(ja.words)) / 20_000, expected, atol=0.01
    )
    strings = texts.strings(ja.words)
    assert [len(text.split()) for text in strings] == [20_000, 20_000, 0]
    assert strings[0].split()[:5] == [ja.words[i] for i in texts.ids[:5]]
    assert np.bincount(texts.rows(), minlength=3).tolist() == [20_000, 20_000, 0]


def test_every_firm_has_a_product_page_and_no_more_pages_than_allowed():
    settings = Pages(mean=9.4, max=32)
    counts = page_counts(4000, settings, rng())
    assert counts.min() >= 1
    assert counts.max() == 32
    assert counts.mean() == pytest.approx(9.2, abs=0.4)
    firm, kind = draw_page_kinds(counts, settings, rng())
    np.testing.assert_array_equal(np.bincount(firm), counts)
    assert (np.bincount(firm[kind == 0], minlength=4000) >= 1).all()
    assert (kind == 0).mean() == pytest.approx(0.17, abs=0.02)
    assert set(kind) == {0, 1, 2, 3, 4}


def test_the_place_of_a_page_says_nothing_of_its_kind():
    _, kind = draw_page_kinds(np.full(3000, 6), Pages(), rng())
    first = kind.reshape(3000, 6) == 0
    np.testing.assert_allclose(first.mean(axis=0), first.mean(), atol=0.03)


def test_page_lengths_have_the_median():
    assert np.median(page_lengths(20_000, Pages(), rng())) == pytest.approx(445, abs=8)


def test_only_product_pages_speak_of_products(small_plan):
    concepts = small_plan.concepts
    products = np.full((2, 8), 1 / 8)
    kinds = np.arange(5)
    themes = np.tile([0.75, 0.25], (2, 4, 1))
    firms = np.array([0, 1, 0, 1, 0])
    mixtures = page_mixtures(firms, kinds, products, themes, concepts, Pages(leakage=0.02))
    np.testing.assert_allclose(mixtures.sum(axis=1), 1.0)
    np.testing.assert_allclose(mixtures[:, 0], 0.5)
    np.testing.assert_allclose(mixtures[:, concepts.topics_of("product")].sum(axis=1), [0.5, *[0.02] * 4])
    np.testing.assert_allclose(mixtures[2, concepts.topics_of("career")], [0.36, 0.12])
    assert (mixtures[:, concepts.topics_of("technology")] == 0).all()


def test_patents_speak_of_technologies(small_plan):
    technologies = np.eye(6)
    mixtures = patent_mixtures(technologies, small_plan.concepts, Patents(technology_words=0.7))
    np.testing.assert_allclose(mixtures[:, small_plan.concepts.topics_of("technology")], 0.7 * technologies)
    np.testing.assert_allclose(mixtures.sum(axis=1), 1.0)
    counts = patent_counts(20_000, Patents(mean=6.0), rng())
    assert counts.min() == 1
    assert counts.mean() == pytest.approx(6.0, abs=0.2)
