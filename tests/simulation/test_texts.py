import numpy as np
import pytest

from ipml.settings.world import Pages, Patents
from ipml.simulation.corporate_groups import NO_GROUP
from ipml.simulation.texts import (
    Texts,
    begin_with,
    copied_pages,
    draw_page_kinds,
    draw_texts,
    kind_shares,
    menu_shares,
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
    settings = Pages(leakage=0.02)
    shares = kind_shares(kinds, settings, rng())
    mixtures = page_mixtures(firms, shares, products, themes, concepts, settings)
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


def test_kinds_of_pages_overlap_by_the_share_that_is_set():
    kinds, settings = np.tile(np.arange(5), 20_000), Pages(leakage=0.12, overlap=0.3)
    shares = kind_shares(kinds, settings, rng())
    np.testing.assert_allclose(shares.sum(axis=1), 0.5)
    assert shares.min() >= 0
    means = np.array([shares[kinds == kind].mean(axis=0) for kind in range(5)])
    np.testing.assert_allclose(means[0, 0], 0.5 * 0.7, atol=0.005)
    np.testing.assert_allclose(means[1:, 0], 0.12, atol=0.003)
    np.testing.assert_allclose(np.diag(means)[1:], (0.5 - 0.12) * 0.7, atol=0.005)
    assert shares[kinds == 4, 0].std() > 0.08  # some pages speak much of products, some not at all
    menu = menu_shares(settings)
    np.testing.assert_allclose([menu[0], menu.sum()], [0.12, 0.5])


def test_a_menu_stands_before_every_page_of_its_site():
    pages = Texts(np.array([1, 2, 3, 4]), np.array([0, 2, 2, 4]))
    menus = Texts(np.array([8, 9, 7]), np.array([0, 2, 3]))
    begun = begin_with(pages, menus, np.array([0, 1, 0]))
    assert begun.ids.tolist() == [8, 9, 1, 2, 7, 8, 9, 3, 4]
    assert begun.offsets.tolist() == [0, 4, 5, 9]
    none = begin_with(pages, Texts(np.array([], dtype=int), np.zeros(3, dtype=int)), np.array([0, 1, 0]))
    assert none.ids.tolist() == pages.ids.tolist()


def test_texts_can_be_taken_in_any_order():
    texts = Texts(np.array([1, 2, 3, 4]), np.array([0, 2, 2, 4]))
    taken = texts.take(np.array([2, 2, 1, 0]))
    assert taken.ids.tolist() == [3, 4, 3, 4, 1, 2]
    assert taken.offsets.tolist() == [0, 2, 4, 4, 6]


def test_copied_pages_are_of_the_same_kind_and_another_firm_and_of_products_only_in_a_group():
    random = rng()
    firm, kind = np.repeat(np.arange(600), 10), random.integers(5, size=6000)
    groups = np.where(np.arange(600) < 300, np.arange(600) // 3, NO_GROUP)
    source = copied_pages(firm, kind, groups, 0.2, random)
    copies = np.flatnonzero(source != np.arange(6000))
    assert (kind[source] == kind).all()
    assert (firm[source[copies]] != firm[copies]).all()
    assert (source[source] == source).all()  # what is copied is no copy itself
    products = copies[kind[copies] == 0]
    assert len(products) > 50
    assert (groups[firm[products]] == groups[firm[source[products]]]).all()
    assert (groups[firm[products]] != NO_GROUP).all()
    others = kind > 0
    assert (source != np.arange(6000))[others].mean() == pytest.approx(0.2, abs=0.02)
