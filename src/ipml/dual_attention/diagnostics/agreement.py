"""Whether networks that were trained apart look at the same pages and name the same words."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ipml.dual_attention.bundle import Member
from ipml.statistics.angles import angle_degrees

Pairs = Sequence[tuple[int, int]]


def pairs_between_folds(members: Sequence[Member]) -> list[tuple[int, int]]:
    """Places of all pairs of networks of different folds."""
    return [(a, b) for a, b in combinations(range(len(members)), 2) if members[a][0] != members[b][0]]


def pairs_between_seeds(members: Sequence[Member]) -> list[tuple[int, int]]:
    """Places of all pairs of networks of one fold, which differ in their seeds alone."""
    return [(a, b) for a, b in combinations(range(len(members)), 2) if members[a][0] == members[b][0]]


def page_overlap(page_weights: npt.NDArray[np.floating], n_firms: int, pairs: Pairs) -> float:
    """Compute the mean share of a firm's attention that two networks give to the same pages.

    Parameters
    ----------
    page_weights
        Attention of M networks on G pages, which sums to 1 over a firm's, (M, G).
    n_firms
        Number of firms.
    pairs
        Which networks are compared, at least one pair.

    Returns
    -------
    Mean over pairs of the sum over pages of the smaller weight, divided by the firms: 1 for equal weights, 0 for
    disjoint pages.
    """
    shared = [np.minimum(page_weights[a], page_weights[b]).sum(dtype=np.float64) for a, b in pairs]
    return float(np.mean(shared) / n_firms)


def keyword_agreement(taken: npt.NDArray[np.bool_], pairs: Pairs) -> float:
    """Compute the mean chance-corrected agreement on which words are keywords.

    Cohen's kappa: Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement
    20(1), 1960.

    Parameters
    ----------
    taken
        Whether a network makes a word of a firm a keyword, for M networks and m pairs of a firm and a word, (M, m).
    pairs
        Which networks are compared, at least one pair.

    Returns
    -------
    1: the same keywords; 0: no more in common than by chance. Two networks that both name all words, or none, agree.
    """
    found = []
    for a, b in pairs:
        observed = (taken[a] == taken[b]).mean()
        one, other = taken[a].mean(), taken[b].mean()
        by_chance = one * other + (1 - one) * (1 - other)
        found.append(1.0 if by_chance == 1 else (observed - by_chance) / (1 - by_chance))
    return float(np.mean(found))


def product_angle(mean_products: npt.NDArray[np.floating], pairs: Pairs) -> float | None:
    """Compute the mean angle between the mean product vectors of two networks' keywords, in degrees.

    Parameters
    ----------
    mean_products
        Mean over firms of the mean word vector of a firm's keywords, (M, d); NaN for a network without keywords.
    pairs
        Which networks are compared.

    Returns
    -------
    None where no pair has keywords.
    """
    known = [(a, b) for a, b in pairs if np.isfinite(mean_products[[a, b]]).all()]
    if not known:
        return None
    return float(np.mean([angle_degrees(mean_products[a], mean_products[b]) for a, b in known]))
