"""Planted conversion of technology into products, and the true angles between groups: pure maths.

A concordance M (products x technologies, columns summing to 1) says which products a technology becomes
(technology-market concordance, Motohashi & Zhu 2023). With the mean word vectors of the topics as
columns of C_p and C_t, P = C_p M theta and T = C_t theta, so P = A T with A = C_p M C_t^+ whenever C_t has
full column rank.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.errors import InputError

Array = npt.NDArray[np.float64]
_TOLERANCE_DEGREES = 1e-6


@dataclass(frozen=True)
class ConcordanceParts:
    """Common part (p, t), a part of each country (countries, p, t) and of each firm type (types, p, t)."""

    common: Array
    country: Array
    firm_type: Array

    def combine(self, country_weight: float, firm_type_weight: float) -> Array:
        """Mix the parts: concordance of each group, shape (countries, types, p, t)."""
        rest = 1.0 - country_weight - firm_type_weight
        return np.asarray(
            rest * self.common
            + country_weight * self.country[:, None]
            + firm_type_weight * self.firm_type[None, :]
        )


def draw_parts(
    n_products: int,
    n_technologies: int,
    n_countries: int,
    n_types: int,
    products_per_technology: float,
    rng: np.random.Generator,
) -> ConcordanceParts:
    """Draw concordances whose columns put their weight on about ``products_per_technology`` products.

    Each part favours about a third of the products, whatever the technology: otherwise what two groups
    make of many technologies together would differ little.
    """
    favour = np.full(n_products, dirichlet_concentration(n_products, max(n_products / 3, 1.0)))
    total = n_products * dirichlet_concentration(n_products, products_per_technology)

    def draw() -> Array:
        alpha = total * (0.95 * rng.dirichlet(favour) + 0.05 / n_products)
        return np.asarray(rng.dirichlet(alpha, size=n_technologies).T)

    return ConcordanceParts(
        draw(), np.stack([draw() for _ in range(n_countries)]), np.stack([draw() for _ in range(n_types)])
    )


def dirichlet_concentration(size: int, effective: float) -> float:
    """Parameter of a symmetric Dirichlet whose draws have a mean sum of squares of ``1 / effective``."""
    if effective >= size:
        return 1e6
    return max((effective - 1) / (size - effective), 1e-3)


def conversion_matrix(product_centres: Array, concordance: Array, technology_centres: Array) -> Array:
    """A = C_p M C_t^+: shape (d, d) from (d, p), (p, t) and (d, t); leading axes of M are kept."""
    return np.asarray(product_centres @ concordance @ np.linalg.pinv(technology_centres))


def angle_degrees(x: Array, y: Array) -> Array:
    """Angle between vectors along the last axis, in degrees.

    Half of it is the arcsine of half the chord between the unit vectors, which stays exact for small angles. Not that
    of `statistics.angles`: its last digits are others, and the worlds that are made already would be.
    """
    x = x / np.linalg.norm(x, axis=-1, keepdims=True)
    y = y / np.linalg.norm(y, axis=-1, keepdims=True)
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(x - y, axis=-1) / 2, 0, 1)))


def group_angles(product_centres: Array, concordance: Array, technologies: Array) -> Array:
    """True angle from each group to each other.

    Parameters
    ----------
    product_centres
        C_p, shape (d, p).
    concordance
        M of each group, shape (groups, p, t).
    technologies
        Mean technology mixtures of each group in each industry, shape (groups, industries, t).

    Returns
    -------
    array of shape (groups, groups, industries)
        [g1, g2, i]: degrees between the mean P of g1 in i and A of g2 times the mean T of g1 in i.
    """
    converted = np.einsum("dp,hpt,git->ghid", product_centres, concordance, technologies, optimize=True)
    own = np.einsum("ggid->gid", converted)
    return angle_degrees(np.broadcast_to(own[:, None], converted.shape), converted)


def mean_angles(product_centres: Array, concordance: Array, technologies: Array) -> tuple[float, float]:
    """Mean true angle between countries of one type, and between types of one country.

    The mean is over industries, both directions, and all such pairs of groups: the level of the
    published tables. Where there is no pair it is 0.

    Parameters
    ----------
    concordance
        Shape (countries, types, p, t).
    technologies
        Shape (countries, types, industries, t).
    """
    n_countries, n_types = concordance.shape[:2]
    flat = (n_countries * n_types, *concordance.shape[2:])
    degrees = group_angles(
        product_centres, concordance.reshape(flat), technologies.reshape(flat[0], *technologies.shape[2:])
    ).mean(axis=2)
    country, firm_type = np.divmod(np.arange(flat[0]), n_types)
    same_country = country[:, None] == country
    same_type = firm_type[:, None] == firm_type
    between = degrees[same_type & ~same_country], degrees[same_country & ~same_type]
    of_countries, of_types = (float(pairs.mean()) if pairs.size else 0.0 for pairs in between)
    return of_countries, of_types


def solve_weights(
    parts: ConcordanceParts,
    product_centres: Array,
    technologies: Array,
    country_angle: float,
    firm_type_angle: float,
) -> tuple[float, float]:
    """Find the weights of the country and the type parts that plant the two mean angles.

    Each weight is bisected in turn, the other held, until both angles fit. Of one country, or of one type, there
    is no angle to plant: its weight is 0.

    Raises
    ------
    InputError
        If an angle is out of reach; the message names the largest one that is not.
    """

    def angle(index: int, weights: list[float]) -> float:
        return mean_angles(product_centres, parts.combine(*weights), technologies)[index]

    weights = [0.0, 0.0]
    targets = (("country_angle", country_angle), ("firm_type_angle", firm_type_angle))
    planted = [index for index, size in enumerate(technologies.shape[:2]) if size > 1]
    for _ in range(200):
        for index in planted:
            name, target = targets[index]
            weights[index] = 1.0 - weights[1 - index]
            largest = angle(index, weights)
            if largest < target:
                other, held = targets[1 - index]
                raise InputError(
                    f"data.world.conversion.{name}={target:g}: out of reach in this world; "
                    f"at most {math.floor(largest * 10) / 10:g} degrees beside {other}={held:g}"
                )
            low, high = 0.0, weights[index]
            for _ in range(60):
                weights[index] = (low + high) / 2
                if angle(index, weights) < target:
                    low = weights[index]
                else:
                    high = weights[index]
        if all(abs(angle(index, weights) - targets[index][1]) < _TOLERANCE_DEGREES for index in planted):
            break
    return weights[0], weights[1]
