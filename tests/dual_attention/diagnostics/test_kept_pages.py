"""Kept pages against the others: their words, their addresses, and what they tell of the label."""

import numpy as np
import pytest
from scipy import sparse

from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.diagnostics.kept_pages import (
    first_pages,
    page_contrast,
    product_page_share,
    says_product,
)
from ipml.dual_attention.diagnostics.label_gain import label_gain


def sites(counts, n_pages):
    """Firms with ``n_pages`` pages each, and word counts of these pages."""
    counts = sparse.csr_matrix(np.asarray(counts, dtype=np.float32))
    n_firms = counts.shape[0] // n_pages
    return Sites(
        firm_ids=np.array([f"JP-{number}" for number in range(n_firms)], dtype=object),
        page_offsets=np.arange(n_firms + 1) * n_pages,
        urls=np.full(counts.shape[0], None, dtype=object),
        counts=counts,
        words=[f"w{number}" for number in range(counts.shape[1])],
        vectors=np.eye(counts.shape[1], 4, dtype=np.float32),
        known_share=1.0,
    )


def test_pages_of_other_words_are_told_apart_and_of_the_same_are_not():
    rng = np.random.default_rng(0)
    kept = np.arange(200) % 2 == 0
    same = rng.poisson(2, size=(200, 10))
    apart = same * np.where(kept[:, None], np.arange(10) < 5, np.arange(10) >= 5)
    assert page_contrast(sparse.csr_matrix(apart), kept, 0) == pytest.approx(1, abs=0.01)
    assert page_contrast(sparse.csr_matrix(same), kept, 0) == pytest.approx(0, abs=0.003)
    assert page_contrast(sparse.csr_matrix(same), np.ones(200, dtype=bool), 0) == 0


def test_the_first_page_of_each_firm_has_the_most_attention():
    found = first_pages(sites(np.ones((6, 2)), 3), np.array([0.2, 0.5, 0.3, 0.5, 0.5, 0]))
    assert found.tolist() == [False, True, False, True, False, False]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://a.jp/products/news/1", True),
        ("https://a.jp/news/products/1", False),
        ("https://a.cn/%E4%BA%A7%E5%93%81/12.html", True),
        ("https://a.jp/採用/", False),
        ("https://product-maker.example/7", None),  # the host is a name
        ("https://a.jp/girl", None),  # ir stands in many words
        ("https://a.jp/ir/", False),
        ("", None),
        (None, None),
        ("http://[broken", None),
    ],
)
def test_what_an_address_says(url, says):
    assert says_product(url) is says


def test_the_share_of_keywords_on_product_pages_is_known_where_pages_say_what_they_are():
    urls = np.array(["/products/1", "/news/1", "/7", None], dtype=object)
    counts = np.array([6, 2, 90, 90])
    assert product_page_share(urls, None, counts) == 0.75
    kinds = np.array(["web_page", "web_page", "product", "news"], dtype=object)
    assert product_page_share(urls, kinds, counts) == 96 / 188
    assert product_page_share(urls[1:], None, counts[1:]) is None  # no page says product
    assert product_page_share(urls, None, np.zeros(4, dtype=int)) is None


def test_pages_that_tell_the_label_gain_and_others_lose():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    telling = np.zeros((80, 2, 12))
    telling[:, 1] = rng.poisson(1, size=(80, 12))  # the second page is of anything
    telling[np.arange(80)[:, None], 0, 6 * labels[:, None] + rng.integers(6, size=(80, 9))] = 1
    found = sites(telling.reshape(160, 12), 2)
    first, fold = np.arange(160) % 2 == 0, np.arange(80) // 2 % 4
    gain = label_gain(found, labels, first, fold, 0)
    assert gain > 0.3
    assert label_gain(found, labels, ~first, fold, 0) < -0.3
    assert label_gain(found, labels, first, fold, 0) == gain  # the same draws
    assert label_gain(found, labels, np.ones(160, dtype=bool), fold, 0) is None
    assert label_gain(found, np.ones(80), first, fold, 0) is None
