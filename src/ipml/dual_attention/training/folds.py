"""In which fold each firm is: firms whose pages are the same, word for word, are in one."""

import hashlib
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ipml.corpus import stratified_folds
from ipml.dual_attention.data.sites import Sites


def same_pages(sites: Sites) -> npt.NDArray[np.object_]:
    """Name the firms by the known words of their pages: those that read the same have one name, (F,)."""
    counts = sites.counts.sorted_indices()
    pages = []
    for first, last in pairwise(counts.indptr):
        words = counts.indices[first:last].astype(np.int64).tobytes()
        pages.append(hashlib.sha256(words + counts.data[first:last].astype(np.float64).tobytes()).digest())
    names = [b"".join(sorted(pages[first:last])) for first, last in pairwise(sites.page_offsets)]
    return np.array([hashlib.sha256(name).hexdigest() for name in names], dtype=object)


def fold_of_sites(
    sites: Sites,
    labels: npt.NDArray[np.floating],
    n_folds: int,
    seed: int,
    groups: npt.NDArray[np.object_],
) -> npt.NDArray[np.int64]:
    """Compute the fold of each of the L firms with a label, folds alike in their labels, (L,).

    Parameters
    ----------
    groups
        Firms of one name are in one fold, (F,): those with the `same_pages`, at least.
    """
    labelled = np.flatnonzero(~np.isnan(labels))
    firm_ids = np.asarray(sites.firm_ids, dtype=object)
    return stratified_folds(firm_ids[labelled], labels[labelled], n_folds, seed, groups[labelled])
