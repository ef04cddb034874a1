"""A firm's own names and brands, which are not words for what it makes."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.dual_attention.sites import Sites
from ipml.text.tokenizers import Tokenizer

_COLUMNS = ("name", "name_local", "brands")
_SECOND_LEVEL = {"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"}  # as in example.co.jp


def name_words(firms: pd.DataFrame, sites: Sites, tokenizer: Tokenizer) -> dict[str, set[str]]:
    """Words of each firm's names and brands as the tokenizer cuts them, and the name in its web addresses.

    Parameters
    ----------
    firms
        By ``firm_id``, with those of the columns ``name``, ``name_local``, ``brands`` that the corpus has.
    sites
        Sites of these firms.
    """
    names: dict[str, set[str]] = {firm_id: set() for firm_id in firms.index}
    for column in (column for column in _COLUMNS if column in firms):
        texts = [name if isinstance(name, str) else "" for name in firms[column]]
        for firm_id, tokens in zip(firms.index, tokenizer.tokenize(texts), strict=True):
            names[firm_id].update(tokens)
    firm_of_page = np.repeat(sites.firm_ids, sites.n_pages)
    for firm_id, url in set(zip(firm_of_page, sites.urls, strict=True)):
        names[firm_id].add(domain_name(url))
    return names


def domain_name(url: str | None) -> str:
    """Name that an owner has registered, from an address; empty if there is none.

    Examples
    --------
    >>> domain_name("https://www.hakuto.co.jp/products/"), domain_name("http://ir.example.com")
    ('hakuto', 'example')
    """
    try:
        labels = (urlsplit(url or "").hostname or "").split(".")
    except ValueError:  # a broken address names nobody
        return ""
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        labels.pop()
    return labels[-2] if len(labels) > 1 else ""


def own_words(sites: Sites, names: dict[str, set[str]]) -> npt.NDArray[np.bool_]:
    """Whether each entry of ``sites.counts`` is a word of its firm's own names, (E,)."""
    number = {word: place for place, word in enumerate(sites.words)}
    firm = sites.firm_of_page[sites.page_of_entry]
    own = [_numbers(names.get(firm_id, ()), number) for firm_id in sites.firm_ids]
    pairs = (
        np.repeat(np.arange(len(own)), [len(words) for words in own]),
        np.concatenate([*own, _numbers((), number)]),
    )
    width = len(sites.words)
    return np.isin(firm * width + sites.counts.indices, pairs[0] * width + pairs[1])


def _numbers(words: Iterable[str], number: dict[str, int]) -> npt.NDArray[np.int64]:
    return np.array([number[word] for word in words if word in number], dtype=np.int64)
