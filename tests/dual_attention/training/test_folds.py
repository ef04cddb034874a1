import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from ipml.corpus import stratified_folds, stratified_part
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.training.folds import fold_of_sites, same_pages


def sites_of(pages):
    """Sites of firms with pages of numbers of words."""
    flat = [page for firm in pages for page in firm]
    counts = np.array([np.bincount(page, minlength=4) for page in flat], dtype=np.float32)
    return Sites(
        firm_ids=np.array([f"firm {n}" for n in range(len(pages))], dtype=object),
        page_offsets=np.cumsum([0] + [len(firm) for firm in pages]),
        urls=np.array([None] * len(flat), dtype=object),
        counts=sparse.csr_matrix(counts),
        words=list("abcd"),
        vectors=np.eye(4, dtype=np.float32),
        known_share=1.0,
    )


def test_firms_whose_pages_have_the_same_words_have_one_name():
    names = same_pages(sites_of([[[0, 1], [2]], [[2], [1, 0]], [[0, 1, 1], [2]], [[0, 1, 2]], [[0, 1], [2]]]))
    assert names[0] == names[1] == names[4]
    assert len(set(names)) == 3


def test_firms_with_the_same_pages_are_in_one_fold():
    pages = [[[0]], [[1]], [[2, 3]]] * 10 + [[[0, n % 3, 3] * (n + 1)] for n in range(30)]
    sites = sites_of(pages)
    labels = np.array([n % 2 for n in range(60)], dtype=np.float32)
    labels[5] = np.nan
    fold = fold_of_sites(sites, labels, 5, 0, same_pages(sites))
    assert len(fold) == 59
    of_firm = dict(zip(np.delete(np.arange(60), 5), fold, strict=True))
    for first in range(3):
        assert len({of_firm[n] for n in range(first, 30, 3) if n != 5}) == 1
    assert set(fold) == set(range(5))


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40), st.integers(0, 3))
def test_no_group_is_split_and_groups_of_one_change_nothing(firms, seed):
    groups, strata = (np.array(values) for values in zip(*firms, strict=True))
    firm_ids = np.array([f"firm {n}" for n in range(len(firms))], dtype=object)
    order = np.random.default_rng(seed).permutation(len(firms))
    for split in (
        lambda ids, strata, groups: stratified_folds(ids, strata, 4, seed, groups),
        lambda ids, strata, groups: stratified_part(ids, strata, 0.4, seed, "validation", groups),
    ):
        parts = split(firm_ids, strata, groups)
        assert all(len(set(parts[groups == group])) == 1 for group in np.unique(groups))
        assert (split(firm_ids[order], strata[order], groups[order]) == parts[order]).all()
        alone = split(firm_ids, strata, np.arange(len(firms)))
        assert (alone == split(firm_ids, strata, None)).all()
