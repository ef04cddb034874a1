"""Words that stand on the pages with attention rather than on the others.

The attention on a word does not tell a product word from a general word that stands beside it: the loss hardly
depends on it. But a general word stands on every page, and the pages without attention say so.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.dual_attention.bundle import Bundle, Member
from ipml.dual_attention.data.sites import Sites

PRIOR_TOKENS = 2.0


def page_contrast(
    counts: sparse.csr_matrix, page_weights: npt.NDArray[np.floating]
) -> npt.NDArray[np.float64] | None:
    """Compute each word's log-odds ratio between pages with and without attention (Monroe et al. 2008, 3.3).

    A prior of `PRIOR_TOKENS` tokens, divided between the two like all words, keeps rare words near 0:
    Monroe, Colaresi & Quinn, "Fightin' Words", Political Analysis 16(4), 2008.

    Parameters
    ----------
    counts
        How often each word stands on each page, CSR (G, V).
    page_weights
        Attention of each page, (G,).

    Returns
    -------
    Natural log of how many times likelier the word is on a page with attention than on one without, (V,); or None
    if all words stand on pages of one kind, as where every firm has a single page.
    """
    on = np.asarray(counts.T @ (page_weights > 0).astype(np.float64))
    off = np.asarray(counts.T @ (page_weights == 0).astype(np.float64))
    if not on.sum() or not off.sum():
        return None
    share = on.sum() / (on.sum() + off.sum())
    odds = (on + PRIOR_TOKENS * share) / (off + PRIOR_TOKENS * (1 - share))
    return np.log(odds) - np.log(share / (1 - share))


def fold_contrast(bundle: Bundle, sites: Sites) -> npt.NDArray[np.float64] | None:
    """Compute each entry's contrast by the models that have not seen its firm, (E,), or None.

    Each model weighs the pages of all firms. A fold's contrast is the mean over its models, that of firms in no fold
    the mean over the folds.
    """
    weights = bundle.page_weights_by_member(sites)
    return contrast_of_entries(weights, bundle.members, bundle.fold_numbers(sites), sites)


def contrast_of_entries(
    page_weights: npt.NDArray[np.floating],
    members: Sequence[Member],
    fold: npt.NDArray[np.integer],
    sites: Sites,
) -> npt.NDArray[np.float64] | None:
    """Compute the same from the page weights of each model, (M, G), and the fold of each firm, (F,)."""
    by_member = [page_contrast(sites.counts, of_member) for of_member in page_weights]
    of_fold: dict[int, list[npt.NDArray[np.float64]]] = {}
    for (number, _), contrast in zip(members, by_member, strict=True):
        if contrast is None:
            return None
        of_fold.setdefault(number, []).append(contrast)
    by_fold = [np.mean(contrasts, axis=0) for contrasts in of_fold.values()]
    by_fold.append(np.mean(by_fold, axis=0))
    fold_of_entry = fold[sites.firm_of_page[sites.page_of_entry]]
    return np.stack(by_fold)[fold_of_entry, sites.counts.indices]
