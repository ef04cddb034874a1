"""Firms as lists or a table of pages, read as the stages read a corpus: word counts of each page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError
from ipml.estimators.containers import as_list, check_labels, check_same_rows, text_columns
from ipml.text.embeddings import WordVectors
from ipml.text.encoding import encode_texts
from ipml.text.languages import Language
from ipml.text.tokenizers import Tokenizer

Page = str | Sequence[str]  # a text, or its words
Firms = Sequence[Sequence[Page]] | pd.DataFrame
COLUMNS = ("firm_id", "text")
_NEEDED = f"a list of firms, each a list of pages, or a table with the columns {' and '.join(COLUMNS)}"


def read_firms(X: Firms) -> tuple[list[list[Page]], list[str] | None]:
    """Pages of n firms, and their identifiers where they are known.

    Parameters
    ----------
    X
        A list of firms, each a list of pages, a page being a text or a list of words; or a DataFrame with the columns
        of `COLUMNS`, a row a page, whose firms come in the order in which they first stand there.

    Raises
    ------
    InputError
        For anything else: a dict, a groupby or another DataFrame would give its keys, a generator its firms only once.
    """
    if isinstance(X, pd.DataFrame):
        of_firm: dict[str, list[Page]] = {}
        for firm_id, text in zip(*text_columns("X", X, COLUMNS), strict=True):
            of_firm.setdefault(firm_id, []).append(text)
        firms, firm_ids = list(of_firm.values()), list(of_firm)
    else:
        listed = as_list("X", X, _NEEDED)
        firms, firm_ids = [_pages(number, firm) for number, firm in enumerate(listed)], None
    if not firms:
        raise InputError("X: 0 samples; a list of at least one firm is needed")
    return firms, firm_ids


def labels_of_firms(X: Firms, y: Any, firm_ids: Sequence[str] | None, n: int) -> npt.NDArray[Any]:
    """Class of each of n firms, shape (n,).

    Parameters
    ----------
    y
        In the order of the firms; for a DataFrame of pages also a dict or Series by identifier.
    firm_ids
        Identifiers of the firms of a DataFrame; None of a list.

    Raises
    ------
    InputError
        For other containers, a class that is missing, a firm without one, or a Series with another index than X.
    """
    if firm_ids is not None and isinstance(y, Mapping | pd.Series):
        if isinstance(y, pd.Series) and not y.index.is_unique:
            raise InputError("y: a firm_id stands twice in its index")
        if missing := [firm_id for firm_id in firm_ids if firm_id not in y]:
            raise InputError(f"y: no class of firm {missing[0]!r}; needed: one for each firm_id of X")
        y = [y[firm_id] for firm_id in firm_ids]
    check_same_rows(X, y)
    return check_labels(y, n)


def check_firm_ids(firm_ids: Sequence[str], n: int) -> list[str]:
    """Identifiers of n firms; `InputError` unless each is a text of its own."""
    listed = as_list("firm_ids", firm_ids, "a list with the identifier of each firm")
    if len(listed) != n:
        raise InputError(
            f"firm_ids: inconsistent numbers of samples: {len(listed)} identifiers for {n} firms"
        )
    if wrong := [firm_id for firm_id in listed if not isinstance(firm_id, str)]:
        raise InputError(f"firm_ids: {wrong[0]!r} is no text")
    if len(set(listed)) < n:
        raise InputError(f"firm_ids: {n} firms, but only {len(set(listed))} different identifiers")
    return listed


def _pages(number: int, firm: Any) -> list[Page]:
    pages = as_list(f"X[{number}]", firm, "the list of the firm's pages")
    for page in pages:
        words = [page] if isinstance(page, str) else page
        if not isinstance(words, list | tuple | np.ndarray | pd.Series) or not all(
            isinstance(word, str) for word in words
        ):
            raise InputError(
                f"X[{number}]: a page is {type(page).__name__}; needed: a text or a list of words"
            )
    return pages


def sites_of_firms(
    firms: Sequence[Sequence[Page]],
    vectors: WordVectors,
    tokenizer: Tokenizer,
    max_pages: int,
    max_tokens: int,
) -> tuple[Sites, npt.NDArray[np.int64]]:
    """Make sites of the firms that have a known word, and the numbers of these firms.

    Parameters
    ----------
    firms
        n firms; a firm's first ``max_pages`` pages and a page's first ``max_tokens`` known words are read.
    """
    kept = [list(pages)[:max_pages] for pages in firms]
    n_pages = np.array([len(pages) for pages in kept], dtype=np.int64)
    language = Language("", vectors, _Words(tokenizer), {})
    texts = encode_texts((page for pages in kept for page in pages), language, max_tokens)  # type: ignore[misc]
    firm = np.repeat(np.arange(len(kept)), n_pages)
    with_words = np.bincount(firm, weights=texts.lengths, minlength=len(kept)) > 0
    chosen = np.flatnonzero(with_words[firm])
    numbers = np.flatnonzero(with_words)
    sites = Sites(
        firm_ids=numbers.astype(str).astype(object),
        page_offsets=np.concatenate([[0], np.cumsum(n_pages[numbers])]).astype(np.int64),
        urls=np.full(len(chosen), None, dtype=object),
        counts=texts.counts()[chosen],
        words=texts.words,
        vectors=texts.vectors,
        known_share=texts.known_share,
    )
    return sites, numbers


class _Words:
    """A tokenizer that takes pages whose words are known as they are."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.fingerprint = tokenizer.fingerprint

    def tokenize(self, pages: Iterable[Page]) -> Iterator[list[str]]:
        """Yield the words of each page, in order."""
        for page in pages:
            if isinstance(page, str):
                yield from self._tokenizer.tokenize([page])
            else:
                yield list(page)
