"""A firm's own names and brands, which are not words for what it makes."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ipml.text.tokenizers import Tokenizer

_COLUMNS = ("name", "name_local", "brands")
_SECOND_LEVEL = {"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"}  # as in example.co.jp


def names_and_addresses(
    firms: pd.DataFrame, addresses: Iterable[tuple[str, str | None]], tokenizer: Tokenizer
) -> dict[str, set[str]]:
    """Collect the words of each firm's names and brands, as the tokenizer cuts them, and the name in its addresses.

    Parameters
    ----------
    firms
        By ``firm_id``, with those of the columns ``name``, ``name_local``, ``brands`` that the corpus has.
    addresses
        Pairs of a firm and an address of it.
    """
    names: dict[str, set[str]] = {firm_id: set() for firm_id in firms.index}
    for column in (column for column in _COLUMNS if column in firms):
        texts = [name if isinstance(name, str) else "" for name in firms[column]]
        for firm_id, tokens in zip(firms.index, tokenizer.tokenize(texts), strict=True):
            names[firm_id].update(tokens)
    for firm_id, url in set(addresses):
        names[firm_id].add(domain_name(url))
    return names


def names_as_written(firms: pd.DataFrame) -> dict[str, set[str]]:
    """Collect each firm's names and brands as they stand; the parameter is that of `names_and_addresses`."""
    names: dict[str, set[str]] = {firm_id: set() for firm_id in firms.index}
    for column in (column for column in _COLUMNS if column in firms):
        for firm_id, text in zip(firms.index, firms[column], strict=True):
            if isinstance(text, str):
                names[firm_id].update(part.strip() for part in text.split(";"))
    return names


def domain_name(url: str | None) -> str:
    """Extract the registered name from a web address; empty if there is none.

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


def own_entries(
    counts: sparse.csr_matrix,
    firm: npt.NDArray[np.int64],
    words: Sequence[str],
    names: Sequence[Iterable[str]],
) -> npt.NDArray[np.bool_]:
    """Mark the entries of a matrix of word counts that are words of their firm's own names.

    Parameters
    ----------
    counts
        CSR with E entries, texts by words, shape (m, V).
    firm
        Number of each text's firm, (m,).
    words
        The V words.
    names
        Words of the names of each of the F firms.

    Returns
    -------
    array of shape (E,)
    """
    number = {word: place for place, word in enumerate(words)}
    own = [_numbers(of_firm, number) for of_firm in names]
    pairs = (
        np.repeat(np.arange(len(own)), [len(of_firm) for of_firm in own]),
        np.concatenate([*own, _numbers((), number)]),
    )
    width = len(words)
    firm_of_entry = np.repeat(firm, np.diff(counts.indptr))
    return np.isin(firm_of_entry * width + counts.indices, pairs[0] * width + pairs[1])


def _numbers(words: Iterable[str], number: dict[str, int]) -> npt.NDArray[np.int64]:
    return np.array([number[word] for word in words if word in number], dtype=np.int64)
