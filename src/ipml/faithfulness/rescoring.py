"""The same model on the same firms with fewer and fewer words, in every order."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.console import progress, track
from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.data.sites import Sites
from ipml.faithfulness.curves import Curves, Floats, depths, mean_curves

RANDOM = "random"


def curves_of_orders(
    bundle: Bundle,
    sites: Sites,
    importance: Mapping[str, npt.NDArray[np.floating]],
    grid: Floats,
    n_draws: int,
    seed: int,
    description: str,
) -> dict[str, Curves]:
    """Compute the curves of a model for each order, and for random ones, by name.

    Parameters
    ----------
    bundle
        The model. A firm it was trained on is scored by the network that has not seen it, at every step.
    importance
        Of each entry (a distinct word on a page) by name of the order, (E,), in the order of
        ``sites.counts.data``; the highest comes first and ties are broken at random.
    grid
        Shares of the tokens, (Q,).
    n_draws
        Random orders, whose curves are averaged firm by firm.
    seed
        Of the random orders and of ties.
    description
        Text of the progress line.
    """
    orders = {**importance, RANDOM: np.zeros(sites.counts.nnz)}  # all tie
    firm = firm_of_entries(sites)
    curves = {}
    with progress(description, len(importance) + n_draws) as step:
        for number, (name, values) in enumerate(orders.items()):
            drawn = []
            for draw in range(n_draws if name == RANDOM else 1):
                ties = np.random.default_rng([seed, number, draw]).random(len(values))
                depth = depths(values, sites.counts.data, firm, ties)
                drawn.append(rescore(bundle, sites, depth, grid, name))
                step.advance()
            curves[name] = mean_curves(drawn)
    return curves


def rescore(
    bundle: Bundle, sites: Sites, depth: Floats, grid: Floats, description: str = "rescoring"
) -> Curves:
    """Score the firms without the top of an order and with the top alone, at each share of the grid.

    Parameters
    ----------
    depth
        Of each entry in the order, from `curves.depths`, (E,).

    Returns
    -------
    Curves of the predicted class. A firm that is left without a word gets what the network says of a zero firm
    vector: one half, unless the network has a LayerNorm, which adds its bias.
    """
    deletion = np.empty((len(sites), len(grid)))
    insertion = np.empty_like(deletion)
    for number, share in enumerate(track(grid.tolist(), description)):
        deletion[:, number] = bundle.score(only(sites, depth >= share)).probabilities
        insertion[:, number] = bundle.score(only(sites, depth < share)).probabilities
    predicted = deletion[:, :1] >= 0.5
    return Curves(grid, of_class(deletion, predicted), of_class(insertion, predicted))


def of_class(probabilities: Floats, predicted: npt.NDArray[np.bool_]) -> Floats:
    """Compute the probability of the predicted class from that of holding patents."""
    return np.where(predicted, probabilities, 1 - probabilities)


def only(sites: Sites, kept: npt.NDArray[np.bool_]) -> Sites:
    """Return the same firms and pages with some of their entries (a distinct word on a page).

    Parameters
    ----------
    kept
        True for the entries that stay, in the order of ``sites.counts.data``, (E,).

    Returns
    -------
    Sites in which a page may be without words, and a firm too: to a network such a page is absent. The order of
    the words is not kept.
    """
    counts = sites.counts
    before = np.concatenate([[0], np.cumsum(kept)]).astype(counts.indptr.dtype)
    parts = (counts.data[kept], counts.indices[kept], before[counts.indptr])
    return replace(sites, counts=sparse.csr_matrix(parts, shape=counts.shape), reading_order=None)


def firm_of_entries(sites: Sites) -> npt.NDArray[np.int64]:
    """Number the firm each entry belongs to, (E,)."""
    firm_of_page = sites.firm_of_page
    return np.repeat(firm_of_page, np.diff(sites.counts.indptr))
