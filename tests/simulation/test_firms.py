import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.settings.world import Firms
from ipml.simulation.firms import (
    draw_dirichlet,
    draw_firms,
    draw_population,
    draw_with_effects,
    group_sizes,
)
from ipml.simulation.plan import generator
from tests.simulation.worlds import CODES, world_of


def test_at_scale_one_the_published_numbers_come_out():
    with_patents, without = group_sizes(
        world_of({"scale": 1, "min_group": 1, "min_without_patents": 0}), CODES
    )
    assert with_patents.tolist() == [[98, 1648, 520], [1358, 1584, 1747], [1354, 1814, 940]]
    assert (with_patents.sum(axis=1) + without).tolist() == [3829, 6893, 4335]


def test_small_groups_are_filled_up():
    with_patents, without = group_sizes(
        world_of({"scale": 0.05, "min_group": 60, "min_without_patents": 80}), CODES
    )
    assert with_patents.min() == 60
    assert with_patents[2, 1] == 91
    assert without.min() == 80
    assert without[0] == round((60 + 82 + 60) * (3829 / 2266 - 1))


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 50))
def test_mixtures_sum_to_one(seed, focus):
    rng = np.random.default_rng(seed)
    mean = rng.dirichlet(np.full(7, 0.2), size=5)
    draws = draw_dirichlet(mean, focus, rng)
    assert (draws >= 0).all()
    np.testing.assert_allclose(draws.sum(axis=1), 1.0)


def test_mixtures_scatter_around_their_mean():
    mean = np.array([0.5, 0.3, 0.2, 0.0])
    draws = draw_dirichlet(np.tile(mean, (20_000, 1)), 4.0, np.random.default_rng(0))
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(draws.var(axis=0), mean * (1 - mean) / 5, atol=0.003)  # Dirichlet(4 mean)


def test_a_population_has_groups_that_differ_in_their_mean_technology():
    rng = np.random.default_rng(0)
    population = draw_population(Firms(group_tilt=0.8), CODES, 8, 6, rng)
    np.testing.assert_allclose(population.technologies.sum(axis=-1), 1.0)
    np.testing.assert_allclose(population.industry_shares.sum(axis=-1), 1.0)
    means = population.mean_technologies()
    assert np.abs(means[0, 0] - means[0, 1]).sum() > 0.05
    alike = draw_population(Firms(group_tilt=0.0), CODES, 8, 6, rng).technologies
    np.testing.assert_allclose(alike, np.broadcast_to(alike[:1, :1], alike.shape))


@pytest.fixture(scope="module")
def many(small_plan):
    settings = world_of({"scale": 0, "min_group": 600, "firms": {"industries": 3}})
    return draw_firms(settings, CODES, small_plan.population, small_plan.concordance, generator("firms", 0))


def test_products_follow_from_technologies(many, small_plan):
    expected = np.einsum(
        "npt,nt->np", small_plan.concordance[many.country, many.firm_type], many.technologies
    )
    ordinary = ~many.different
    np.testing.assert_allclose(
        many.products[ordinary].mean(axis=0), expected[ordinary].mean(axis=0), atol=0.01
    )
    other = small_plan.population.other_products
    np.testing.assert_allclose(many.products[many.different].mean(axis=0), other, atol=0.02)


def test_only_firms_without_patents_differ(many):
    assert not (many.different & many.has_patent).any()
    for country in range(3):
        others = (many.country == country) & ~many.has_patent
        assert many.different[others].sum() == round(0.6 * others.sum())


def test_industries_and_technologies_follow_the_population(many, small_plan):
    group = (many.country == 1) & (many.firm_type == 2)
    shares = np.bincount(many.industry[group], minlength=3) / group.sum()
    np.testing.assert_allclose(shares, small_plan.population.industry_shares[1, 2], atol=0.05)
    members = group & (many.industry == shares.argmax())
    mean = small_plan.population.technologies[1, 2, shares.argmax()]
    np.testing.assert_allclose(many.technologies[members].mean(axis=0), mean, atol=0.06)


def test_identifiers_are_distinct_and_tell_nothing_of_the_label(many):
    assert len(set(many.firm_id)) == len(many.firm_id)
    half = len(many.firm_id) // 6
    assert abs(many.has_patent[:half].mean() - many.has_patent[half : 2 * half].mean()) < 0.06


@pytest.fixture(scope="module")
def with_effects():
    """Residuals of the products of many firms in many industries, industry by industry, of two groups."""
    mean = np.random.default_rng(1).dirichlet(np.ones(6), size=60)  # of an industry, alike in all groups
    rng = np.random.default_rng(0)
    common, own = rng.normal(size=(60, 6)), rng.normal(size=(2, 60, 6))
    industry, group = np.repeat(np.arange(60), 40), np.tile([0, 1], 1200)
    settings = Firms(product_focus=12.0, common_effect=0.3, own_effect=0.2)
    products = draw_with_effects(mean[industry], settings, common[industry], own[group, industry], rng)
    return industry, group, mean, products


def test_effects_leave_each_firm_distributed_as_it_was(with_effects):
    industry, _, mean, products = with_effects
    np.testing.assert_allclose(products.sum(axis=1), 1.0)
    residual = products - mean[industry]
    np.testing.assert_allclose(residual.mean(axis=0), 0.0, atol=0.04)  # over the draw of industries
    variance = (mean * (1 - mean) / 13).mean(axis=0)  # of Dirichlet(12 mean)
    np.testing.assert_allclose(np.square(residual).mean(axis=0), variance, rtol=0.25)


def test_firms_of_an_industry_depart_together_and_more_so_within_a_group(with_effects):
    industry, group, mean, products = with_effects
    residual = products - mean[industry]
    total = np.square(residual).sum(axis=1).mean()
    shared = residual @ residual.T / total
    same_industry, same_group = industry[:, None] == industry, group[:, None] == group
    apart = ~np.eye(len(industry), dtype=bool)
    assert shared[same_industry & ~same_group].mean() == pytest.approx(0.3, abs=0.06)
    assert shared[same_industry & same_group & apart].mean() == pytest.approx(0.5, abs=0.06)
    assert shared[~same_industry].mean() == pytest.approx(0.0, abs=0.02)
