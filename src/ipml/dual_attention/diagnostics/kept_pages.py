"""How the pages that a model keeps differ from the others, by their words and their addresses."""

import re
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial.distance import jensenshannon

from ipml.dual_attention.data.sites import Sites

# Parts of a path that say what a page is of, in the three languages; sources that name the kind of a page itself
# have it in the column ``kind``.
_PRODUCT = re.compile(
    r"product|service|solution|goods|item|catalog|technolog|seihin|shohin|jigyo|business|chanpin|cpzs|"
    r"製品|商品|サービス|事業|产品|產品|服务|解决方案",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"news|topics|press|blog|recruit|career|job|saiyo|\bir\b|investor|privacy|policy|contact|inquiry|about|company|"
    r"corporate|kaisha|gaiyo|sitemap|faq|xinwen|zhaopin|lianxi|guanyu|"
    r"採用|会社|ニュース|お問い合わせ|个人情报|個人情報|新闻|招聘|联系|关于",
    re.IGNORECASE,
)


def page_contrast(counts: sparse.csr_matrix, kept: npt.NDArray[np.bool_], seed: int) -> float:
    """Compute by how much kept pages and others differ in their words, beyond what chance makes of pages.

    Jensen-Shannon divergence (Lin 1991, "Divergence measures based on the Shannon entropy", IEEE Transactions on
    Information Theory 37(1)) between the words of both, less that of a random choice of as many pages.

    Parameters
    ----------
    counts
        How often each word stands on each page, CSR (G, V).
    kept
        Pages with attention, (G,).
    seed
        Of the random choice.

    Returns
    -------
    Bits, at most 1; 0 where one of both has no words: nothing is told from nothing.
    """
    shuffled = np.random.default_rng(seed).permutation(kept)
    found, by_chance = (_divergence(counts, chosen) for chosen in (kept, shuffled))
    return 0.0 if found is None or by_chance is None else found - by_chance


def first_pages(sites: Sites, page_weights: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Mark the page of each firm that has the most attention, the first of equals, (G,)."""
    order = np.lexsort([-page_weights, sites.firm_of_page])
    first = np.zeros(len(page_weights), dtype=bool)
    first[order[sites.page_offsets[:-1]]] = True
    return first


def product_page_share(
    urls: npt.NDArray[np.object_],
    kinds: npt.NDArray[np.object_] | None,
    n_keywords: npt.NDArray[np.integer],
) -> float | None:
    """Compute the share of the keywords that stand on pages whose kind or address says product.

    Parameters
    ----------
    urls, kinds
        Address and kind of each page, (G,); None: kinds are not known.
    n_keywords
        Keywords that come from each page, (G,).

    Returns
    -------
    Among the keywords on pages of a known kind; None where there are none, or none of these pages is a product page.
    """
    says = [says_product(url) for url in urls]
    if kinds is not None:
        by_kind = [says_product(f"/{kind}") for kind in kinds]
        says = [own if of_kind is None else of_kind for own, of_kind in zip(says, by_kind, strict=True)]
    known = np.array([one is not None for one in says])
    product = np.array([one is True for one in says])
    total = int(n_keywords[known].sum())
    return float(n_keywords[product].sum() / total) if product.any() and total else None


def says_product(url: str | None) -> bool | None:
    """Say whether an address is one of a product page; None if it does not tell.

    The first part of the path that tells decides: ``/products/news/1`` is of products.

    Examples
    --------
    >>> says_product("https://a.jp/products/valves"), says_product("https://a.jp/ir/2026"), says_product("https://a.jp/7")
    (True, False, None)
    """
    try:
        parts = unquote(urlsplit(url or "").path).split("/")
    except ValueError:  # a broken address says nothing
        return None
    for part in parts:
        if _PRODUCT.search(part):
            return True
        if _OTHER.search(part):
            return False
    return None


def _divergence(counts: sparse.csr_matrix, chosen: npt.NDArray[np.bool_]) -> float | None:
    sums = [np.asarray(counts.T @ of.astype(np.float64)).ravel() for of in (chosen, ~chosen)]
    if not all(of.sum() for of in sums):
        return None
    return float(jensenshannon(sums[0], sums[1], base=2) ** 2)
