"""A network without what stands beside it, and sites with fewer words to show it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.dual_attention.bundle import Bundle
from ipml.dual_attention.sites import Sites


def network_alone(bundle: Bundle) -> tuple[Bundle, float]:
    """Return a model without its bags of words, and the share of its logit that came from them, mean over folds.

    Attention says nothing of a bag of words. Nor could one with pairs of words be asked: where words are taken
    away, which of the others stand side by side is a matter of choice.
    """
    share = float(np.mean([0.0 if fold.bag is None else fold.bag.share[0] for fold in bundle.folds]))
    folds = [replace(fold, bag=None) for fold in bundle.folds]
    return replace(bundle, folds=folds, terms=bundle.terms[:0]), share


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
    """Number of the firm each entry belongs to, (E,)."""
    firm_of_page = sites.firm_of_page
    return np.repeat(firm_of_page, np.diff(sites.counts.indptr))
