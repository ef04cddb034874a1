"""Firms of the countries and types of a world: their industries, technologies and products."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from ipml.settings.world import Firms, WorldSettings
from ipml.simulation.concordance import dirichlet_concentration
from ipml.simulation.corporate_groups import CorporateGroups, draw_corporate_groups
from ipml.simulation.world_codes import WorldCodes

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """What firms are drawn from.

    Attributes
    ----------
    technologies
        Mean technology mixture by country, type and industry, shape (countries, types, industries, t).
    industry_shares
        Share of each industry among a group's firms, shape (countries, types, industries).
    other_products
        Mean product mixture of the firms without patents that differ, shape (p,).
    common_effects, own_effects
        What an industry makes more or less of than M times its technologies, as standard normal scores of each product:
        in all groups, shape (industries, p), and in one, shape (countries, types, industries, p).
    """

    technologies: Array
    industry_shares: Array
    other_products: Array
    common_effects: Array
    own_effects: Array

    def mean_technologies(self) -> Array:
        """Mean technology mixture of each group over its firms, shape (countries, types, t)."""
        return np.einsum("cki,ckit->ckt", self.industry_shares, self.technologies)


@dataclass(frozen=True)
class PlantedFirms:
    """The n firms of a corpus; mixtures are rows that sum to 1. Patents count for the firm that holds them."""

    firm_id: list[str]
    country: npt.NDArray[np.int64]
    firm_type: npt.NDArray[np.int64]
    industry: npt.NDArray[np.int64]
    has_patent: npt.NDArray[np.bool_]
    corporate_groups: CorporateGroups
    different: npt.NDArray[np.bool_]
    technologies: Array
    products: Array


def draw_population(
    settings: Firms, codes: WorldCodes, n_products: int, n_technologies: int, rng: np.random.Generator
) -> Population:
    """Draw what industries are made of, and how groups lean towards some technologies more than others."""
    groups = (len(codes.countries), len(codes.firm_types))
    alpha = np.full(n_technologies, dirichlet_concentration(n_technologies, settings.industry_topics))
    industries = rng.dirichlet(alpha, size=settings.industries)
    tilt = np.exp(settings.group_tilt * rng.normal(size=(*groups, 1, n_technologies)))
    technologies = (industries + 0.2 / n_technologies) * tilt
    other = np.full(n_products, dirichlet_concentration(n_products, n_products / 4))
    return Population(
        technologies / technologies.sum(axis=-1, keepdims=True),
        rng.dirichlet(np.full(settings.industries, 8.0), size=groups),
        rng.dirichlet(other),
        rng.normal(size=(settings.industries, n_products)),
        rng.normal(size=(*groups, settings.industries, n_products)),
    )


def group_sizes(
    settings: WorldSettings, codes: WorldCodes
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Scale the published numbers of firms with patents; the share of those without stays as published.

    What is not published of a country counts as none: its groups have the least size.

    Returns
    -------
    with_patents
        Shape (countries, types).
    without_patents
        Shape (countries,).
    """
    of_countries = [codes.published[country] for country in codes.countries]
    published = np.array(
        [[of.with_patents.get(k, 0) if of else 0 for k in codes.firm_types] for of in of_countries]
    )
    # All firms to those with patents, of whatever type; where nothing is published, the least numbers hold.
    total = np.array([of.firms if of else 1 for of in of_countries])
    holders = np.array([max(sum(of.with_patents.values()), 1) if of else 1 for of in of_countries])
    with_patents = np.maximum(settings.min_group, np.rint(settings.scale * published)).astype(np.int64)
    others = with_patents.sum(axis=1) * (total / holders - 1)
    return with_patents, np.maximum(settings.min_without_patents, np.rint(others)).astype(np.int64)


def draw_firms(
    settings: WorldSettings,
    codes: WorldCodes,
    population: Population,
    concordance: Array,
    rng: np.random.Generator,
) -> PlantedFirms:
    """Draw firms.

    A firm's technology mixture is Dirichlet around the mean of its group and industry, its product mixture
    Dirichlet around M_g times its technologies. Firms without patents have types too; a share of them sells
    products of another mean. The patents of a firm in a corporate group may be held by another firm of it.

    Parameters
    ----------
    concordance
        M of each group, shape (countries, types, p, t).
    """
    with_patents, without = group_sizes(settings, codes)
    n_types = len(codes.firm_types)
    ids, countries, types, has_patents, differents = [], [], [], [], []
    for c, name in enumerate(codes.countries):
        kinds = np.repeat(np.arange(n_types), with_patents[c])
        others = rng.choice(n_types, size=without[c], p=with_patents[c] / with_patents[c].sum())
        order = rng.permutation(len(kinds) + len(others))
        types.append(np.concatenate([kinds, others])[order])
        has_patents.append((np.arange(len(order)) < len(kinds))[order])
        n_alike = len(order) - round(settings.firms.different_without_patents * len(others))
        differents.append((np.arange(len(order)) >= n_alike)[order])
        countries.append(np.full(len(order), c))
        ids += [f"{name}-{settings.firms_seed}-{number:05d}" for number in range(1, len(order) + 1)]
    country, firm_type, has_patent, different = map(
        np.concatenate, (countries, types, has_patents, differents)
    )
    edges = population.industry_shares[country, firm_type].cumsum(axis=1)
    industry = (rng.random((len(ids), 1)) > edges).sum(axis=1).clip(max=settings.firms.industries - 1)
    technologies = draw_dirichlet(
        population.technologies[country, firm_type, industry], settings.firms.technology_focus, rng
    )
    expected = np.einsum("npt,nt->np", concordance[country, firm_type], technologies)
    expected[different] = population.other_products
    if settings.firms.common_effect or settings.firms.own_effect:
        effects = (population.common_effects[industry], population.own_effects[country, firm_type, industry])
        products = draw_with_effects(expected, settings.firms, *effects, rng)
    else:
        products = draw_dirichlet(expected, settings.firms.product_focus, rng)
    together = draw_corporate_groups(country, industry, has_patent, settings.firms, rng)
    return PlantedFirms(
        ids,
        country,
        firm_type,
        industry,
        has_patent & ~together.hands_over(),
        together,
        different,
        technologies,
        products,
    )


def draw_dirichlet(mean: Array, focus: float, rng: np.random.Generator) -> Array:
    """Draw one mixture around each mixture along the last axis of ``mean``: Dirichlet with parameter ``focus * mean``.

    The larger ``focus``, the closer the draws are to their means.
    """
    gamma = rng.standard_gamma(focus * mean) + 1e-12 * mean
    return np.asarray(gamma / gamma.sum(axis=-1, keepdims=True))


def draw_with_effects(
    mean: Array, settings: Firms, common: Array, own: Array, rng: np.random.Generator
) -> Array:
    """Draw one mixture around each of ``mean`` as `draw_dirichlet` does, but not independently of each other.

    A Dirichlet draw is made of independent gamma variates. Here each is the quantile at a normal score (a Gaussian
    copula) that is in part the industry's: ``common_effect`` of its variance is that of ``common``, ``own_effect``
    that of ``own``, the rest the firm's. So each firm's mixture is distributed as without effects, its mean over
    effects is still ``mean``, and M and A are what they were; but firms of one industry depart from it together.

    Parameters
    ----------
    mean
        Shape (n, p).
    common, own
        Standard normal scores of each firm's industry, and of its industry in its group, shape (n, p).
    """
    shares = np.array([settings.common_effect, settings.own_effect])
    score = np.sqrt(shares[0]) * common + np.sqrt(shares[1]) * own
    score += np.sqrt(max(1.0 - shares.sum(), 0.0)) * rng.normal(size=mean.shape)
    shape = settings.product_focus * mean + 1e-12
    gamma = stats.gamma.ppf(stats.norm.cdf(score), shape) + 1e-12 * mean
    return np.asarray(gamma / gamma.sum(axis=-1, keepdims=True))
