import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import InputError
from ipml.simulation.concordance import (
    angle_degrees,
    conversion_matrix,
    dirichlet_concentration,
    draw_parts,
    group_angles,
    mean_angles,
    solve_weights,
)

DIMENSION, PRODUCTS, TECHNOLOGIES, INDUSTRIES = 20, 9, 6, 4
seeds = st.integers(0, 2**32 - 1)


def random_world(seed, products_per_technology=1.5):
    rng = np.random.default_rng(seed)
    parts = draw_parts(PRODUCTS, TECHNOLOGIES, 3, 3, products_per_technology, rng)
    product_centres = rng.normal(size=(DIMENSION, 1)) / 2 + rng.normal(size=(DIMENSION, PRODUCTS))
    technologies = rng.dirichlet(np.ones(TECHNOLOGIES), size=(3, 3, INDUSTRIES))
    return parts, product_centres, technologies


@given(seeds, st.floats(0, 1), st.floats(0, 1), st.floats(1, 2 * PRODUCTS))
def test_columns_of_every_concordance_sum_to_one(seed, country, share, products_per_technology):
    parts, _, _ = random_world(seed, products_per_technology)
    concordance = parts.combine(country, share * (1 - country))
    assert concordance.shape == (3, 3, PRODUCTS, TECHNOLOGIES)
    assert (concordance >= 0).all()
    np.testing.assert_allclose(concordance.sum(axis=2), 1.0)


@given(seeds)
def test_the_true_matrix_converts_every_mixture_exactly(seed):
    parts, product_centres, technologies = random_world(seed)
    rng = np.random.default_rng(seed)
    technology_centres = rng.normal(size=(DIMENSION, TECHNOLOGIES))
    concordance = parts.combine(0.4, 0.3)
    A = conversion_matrix(product_centres, concordance, technology_centres)
    theta = technologies[1, 2, 0]
    np.testing.assert_allclose(
        A[1, 2] @ (technology_centres @ theta), product_centres @ concordance[1, 2] @ theta, atol=1e-9
    )


@pytest.mark.parametrize(
    ("x", "y", "degrees"),
    [
        ([1, 0], [5, 0], 0),
        ([1, 0], [0, 2], 90),
        ([1, 0], [-1, 0], 180),
        ([1, 0], [1, np.sqrt(3)], 60),
        ([1, 0], [1, 1e-9], np.degrees(1e-9)),
    ],
)
def test_angles_in_closed_form(x, y, degrees):
    assert angle_degrees(np.array(x, float), np.array(y, float)) == pytest.approx(degrees, rel=1e-9)


def test_angles_of_groups_follow_their_definition():
    parts, product_centres, technologies = random_world(3)
    concordance = parts.combine(0.3, 0.2)
    M, theta = (
        concordance.reshape(9, PRODUCTS, TECHNOLOGIES),
        technologies.reshape(9, INDUSTRIES, TECHNOLOGIES),
    )
    degrees = group_angles(product_centres, M, theta)
    for g, h, i in product(range(9), range(9), range(INDUSTRIES)):
        sold = product_centres @ M[g] @ theta[g, i]
        converted = product_centres @ M[h] @ theta[g, i]
        cosine = sold @ converted / np.linalg.norm(sold) / np.linalg.norm(converted)
        assert degrees[g, h, i] == pytest.approx(np.degrees(np.arccos(min(cosine, 1.0))), abs=1e-5)
    pairs = [(g, h) for g, h in product(range(9), range(9)) if g != h]
    country = np.mean([degrees[g, h] for g, h in pairs if g % 3 == h % 3])
    firm_type = np.mean([degrees[g, h] for g, h in pairs if g // 3 == h // 3])
    assert mean_angles(product_centres, concordance, technologies) == pytest.approx((country, firm_type))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("angles", [(0.0, 0.0), (12.0, 6.0), (5.0, 20.0), (0.0, 15.0), (15.0, 0.0)])
def test_the_angles_asked_for_are_planted(seed, angles):
    parts, product_centres, technologies = random_world(seed)
    weights = solve_weights(parts, product_centres, technologies, *angles)
    assert min(weights) >= 0
    assert sum(weights) <= 1
    assert mean_angles(product_centres, parts.combine(*weights), technologies) == pytest.approx(
        angles, abs=1e-5
    )


@pytest.mark.parametrize("asked", [(80.0, 5.0), (5.0, 80.0)])
def test_an_angle_out_of_reach_names_the_largest_one(asked):
    parts, product_centres, technologies = random_world(0)
    name = ("country_angle", "firm_type_angle")[int(asked[1] > asked[0])]
    with pytest.raises(InputError, match=rf"data\.world\.conversion\.{name}=80: out of reach") as caught:
        solve_weights(parts, product_centres, technologies, *asked)
    largest = float(re.search(r"at most ([\d.]+) degrees", str(caught.value))[1])
    assert 20 < largest < 80
    solve_weights(parts, product_centres, technologies, *(largest - 8 if a == 80 else a for a in asked))


@pytest.mark.parametrize("effective", [1.5, 3.0, 8.0])
def test_dirichlet_draws_have_the_effective_number(effective):
    alpha = dirichlet_concentration(10, effective)
    draws = np.random.default_rng(0).dirichlet(np.full(10, alpha), size=20_000)
    assert 1 / (draws**2).sum(axis=1).mean() == pytest.approx(effective, rel=0.03)


def test_more_products_than_there_are_means_all_of_them_evenly():
    draws = np.random.default_rng(0).dirichlet(np.full(4, dirichlet_concentration(4, 9.0)), size=10)
    np.testing.assert_allclose(draws, 0.25, atol=0.01)
