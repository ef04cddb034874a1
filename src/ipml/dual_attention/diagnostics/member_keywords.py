"""The keywords that each network of a model would name alone."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.contrast import page_contrast
from ipml.dual_attention.keywords.selection import select
from ipml.settings import Selection


@dataclass(frozen=True)
class FirmWords:
    """Distinct words of firms: firm and word of each of m pairs, and the pair of each entry of the sites, (E,)."""

    firm: npt.NDArray[np.int64]
    word: npt.NDArray[np.int64]
    of_entry: npt.NDArray[np.int64]

    @classmethod
    def of(cls, sites: Sites) -> Self:
        """Pairs of the sites."""
        firm = sites.firm_of_page[sites.page_of_entry]
        codes, of_entry = np.unique(firm * len(sites.words) + sites.counts.indices, return_inverse=True)
        return cls(*np.divmod(codes, len(sites.words)), of_entry)

    def any(self, entries: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whether an entry of the pair is marked, (E,) to (m,)."""
        return np.bincount(self.of_entry, weights=entries, minlength=len(self.firm)) > 0

    def mean_vector(
        self, taken: npt.NDArray[np.bool_], vectors: npt.NDArray[np.floating], n_firms: int
    ) -> npt.NDArray[np.float64]:
        """Compute the mean over firms of the mean vector of a firm's words taken, (d,); NaN if none is taken."""
        rows = sparse.csr_matrix(
            (np.ones(int(taken.sum())), (self.firm[taken], self.word[taken])), shape=(n_firms, len(vectors))
        )
        n_words = np.diff(rows.indptr)
        with_words = n_words > 0
        if not with_words.any():
            return np.full(vectors.shape[1], np.nan)
        sums = rows[with_words] @ vectors.astype(np.float64)
        return np.asarray((sums / n_words[with_words, None]).mean(axis=0))


def member_keywords(
    sites: Sites,
    firm_words: FirmWords,
    scores: SiteScores,
    page_weights: npt.NDArray[np.floating],
    names: dict[str, set[str]],
    selection: Selection,
) -> npt.NDArray[np.bool_]:
    """Mark the words that become keywords by the page weights of each network alone.

    Parameters
    ----------
    scores
        Of the model: the words' attention on their pages, by the networks that have not seen the firm.
    page_weights
        Attention of M networks on each page, (M, G).
    names
        ``firm_id`` to the words of the firm's own names.
    selection
        The rule.

    Returns
    -------
    array of shape (M, m)
    """
    taken = []
    for of_member in page_weights:
        contrast = page_contrast(sites.counts, of_member)
        by_entry = None if contrast is None else contrast[sites.counts.indices]
        own = replace(scores, page_weights=of_member)
        taken.append(firm_words.any(select(sites, own, by_entry, names, selection).taken))
    return np.array(taken)
