"""Firms as lists of pages, read as the stages read a corpus: word counts of each page."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ipml.dual_attention.data.sites import Sites
from ipml.errors import InputError
from ipml.text.embeddings import WordVectors
from ipml.text.encoding import encode_texts
from ipml.text.languages import Language
from ipml.text.tokenizers import Tokenizer

Page = str | Sequence[str]  # a text, or its words
Firms = Sequence[Sequence[Page]]


def check_firms(X: Firms) -> list[list[Page]]:
    """Refuse what is not a list of firms, each a list of pages.

    Raises
    ------
    InputError
        For a firm that is a single text, or a page that is neither a text nor a list of words.
    """
    if isinstance(X, str) or not hasattr(X, "__len__"):
        raise InputError(f"X: {type(X).__name__}; needed: a list of firms, each a list of pages")
    if not len(X):
        raise InputError("X: 0 samples; a list of at least one firm is needed")
    firms = []
    for number, firm in enumerate(X):
        if isinstance(firm, str) or not hasattr(firm, "__iter__"):
            raise InputError(f"X[{number}]: {type(firm).__name__}; needed: the list of the firm's pages")
        pages = list(firm)
        for page in pages:
            words = [page] if isinstance(page, str) else page
            if not hasattr(words, "__iter__") or not all(isinstance(word, str) for word in words):
                raise InputError(
                    f"X[{number}]: a page is {type(page).__name__}; needed: a text or a list of words"
                )
        firms.append(pages)
    return firms


def sites_of_firms(
    firms: Firms,
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
