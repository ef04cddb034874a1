"""The sites of firms as counts of known words a page, read from a corpus once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.text import EncodedTexts, Language, encode_texts
from ipml.text.normalisation import normalise


@dataclass(frozen=True)
class ReadingOrder:
    """Known words of G pages as they follow each other: page g has ``words[offsets[g]:offsets[g + 1]]``."""

    words: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sites:
    """Word counts of the pages of F firms, page after page and firm after firm.

    Attributes
    ----------
    firm_ids
        Firms that have a page with a known word, (F,).
    page_offsets
        Firm f has the pages ``page_offsets[f]`` to ``page_offsets[f + 1]``, (F + 1,).
    urls
        Address of each page, (G,).
    counts
        How often each word stands on each page, CSR (G, V).
    words, vectors
        The V words that occur and their vectors, (V, d).
    known_share
        Share of the tokens that have a vector.
    exclusions
        Reason to the firms that were asked for and are not here.
    reading_order
        The words of each page in order, where they were asked for.
    vocabulary
        Number of each word in the vocabulary of a model, (V,); by default these words are the vocabulary.
    texts
        The text of each page, G of them, where they were asked for.
    """

    firm_ids: npt.NDArray[np.object_]
    page_offsets: npt.NDArray[np.int64]
    urls: npt.NDArray[np.object_]
    counts: sparse.csr_matrix
    words: list[str]
    vectors: npt.NDArray[np.float32]
    known_share: float
    exclusions: dict[str, list[str]] = field(default_factory=dict)
    reading_order: ReadingOrder | None = None
    vocabulary: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    texts: list[str] | None = None

    def __post_init__(self) -> None:
        if len(self.vocabulary) != len(self.words):
            object.__setattr__(self, "vocabulary", np.arange(len(self.words), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.firm_ids)

    @property
    def n_pages(self) -> npt.NDArray[np.int64]:
        """Number of pages of each firm, empty ones counted, (F,)."""
        return np.diff(self.page_offsets)

    @property
    def firm_of_page(self) -> npt.NDArray[np.int64]:
        """Row number of the firm of each page, (G,)."""
        return np.repeat(np.arange(len(self)), self.n_pages)

    @property
    def page_of_entry(self) -> npt.NDArray[np.int64]:
        """Row number of the page of each entry of ``counts``, (E,)."""
        return np.repeat(np.arange(self.counts.shape[0]), np.diff(self.counts.indptr))

    def numbered_by(self, vocabulary: Sequence[str]) -> "Sites":
        """Return the same sites with their words numbered in another vocabulary; a word outside it has its length."""
        number = {word: place for place, word in enumerate(vocabulary)}
        numbers = [number.get(word, len(vocabulary)) for word in self.words]
        return replace(self, vocabulary=np.array(numbers, dtype=np.int64))

    def pages_of(self, firms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the row numbers of the pages of some firms, in order."""
        return _ranges(self.page_offsets[firms], self.n_pages[firms])

    def entries_of(self, pages: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the places in ``counts.data`` of the words of some pages, in order."""
        starts = self.counts.indptr[pages].astype(np.int64)
        return _ranges(starts, self.counts.indptr[pages + 1] - starts)


def kinds_in_words(page_kinds: Sequence[str] | None) -> str:
    """Write kinds of page as a run's tag holds them: ``all``, or their names in order."""
    return ", ".join(sorted(page_kinds)) if page_kinds else "all"


def read_sites(
    corpus: Corpus,
    firm_ids: Sequence[str],
    language: Language,
    page_kinds: Sequence[str] | None,
    max_pages: int,
    max_tokens: int,
    in_order: bool = False,
    with_texts: bool = False,
) -> Sites:
    """Read the pages of some firms.

    Parameters
    ----------
    firm_ids
        Firms, in the order they shall have.
    language
        Tokenizer and vectors; pages of this language are read.
    page_kinds
        Kinds of page (all if None).
    max_pages, max_tokens
        The first pages of a firm and the first known words of a page are kept (published: 32 and 864).
    in_order
        Keep the order of the words too.
    with_texts
        Keep the texts of the pages too, normalised.

    Raises
    ------
    InputError
        If no firm has such a page, or no page a known word.
    """
    table, firm, number = numbered_pages(corpus, firm_ids, language.code, page_kinds)
    if len(table) == 0:
        kinds = f" of kind {', '.join(page_kinds)}" if page_kinds else ""
        raise InputError(
            f"language={language.code}: no page in this language{kinds} of {len(firm_ids)} firms in {corpus.root}"
        )
    kept = number < max_pages
    table, firm = table.filter(pa.array(kept)), firm[kept]
    texts = encode_texts(_texts(table), language, max_tokens, f"reading pages ({language.code})")
    urls = np.array(table["url"].to_pylist(), dtype=object)
    kept_texts = list(_texts(table)) if with_texts else None
    sites = _sites(firm_ids, firm, texts, urls, language.code, in_order, kept_texts)
    if not len(sites):
        raise InputError(
            f"language={language.code}: no word of {len(table)} pages has a vector; do the embeddings "
            "and the tokenizer fit the texts?"
        )
    return sites


def numbered_pages(
    corpus: Corpus, firm_ids: Sequence[str], language: str, page_kinds: Sequence[str] | None
) -> tuple[pa.Table, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pages of some firms, the number of each one's firm, and its number among the firm's pages, from 0: both (G,).

    That number is what the table ``keywords`` has as ``page``.
    """
    table = corpus.pages(firm_ids, language, page_kinds)
    place = {firm_id: number for number, firm_id in enumerate(firm_ids)}
    firm = np.array([place[firm_id] for firm_id in table["firm_id"].to_pylist()], dtype=np.int64)
    return table, firm, _number_in_firm(firm)


def sites_of_pages(
    firm_ids: Sequence[str],
    texts: Sequence[str],
    language: Language,
    max_pages: int,
    max_tokens: int,
    in_order: bool = False,
    with_texts: bool = False,
) -> Sites:
    """Make sites of pages from outside a corpus; possibly none has a known word.

    Parameters
    ----------
    firm_ids, texts
        Firm and text of each page; firms are in the order of their first pages.
    language, max_pages, max_tokens, in_order, with_texts
        As for `read_sites`.
    """
    names = list(dict.fromkeys(firm_ids))
    place = {firm_id: number for number, firm_id in enumerate(names)}
    firm = np.array([place[firm_id] for firm_id in firm_ids], dtype=np.int64)
    kept = np.flatnonzero(_number_in_firm(firm) < max_pages).tolist()
    of_pages = [texts[page] for page in kept]
    encoded = encode_texts(of_pages, language, max_tokens)
    urls = np.full(len(kept), None, dtype=object)
    kept_texts = of_pages if with_texts else None
    return _sites(names, firm[kept], encoded, urls, language.code, in_order, kept_texts)


def _number_in_firm(firm: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number each page among those of its firm, from 0, for pages in any order."""
    order = np.argsort(firm, kind="stable")
    number = np.empty(len(firm), dtype=np.int64)
    number[order] = np.arange(len(firm)) - np.searchsorted(firm[order], firm[order])
    return number


def _sites(
    firm_ids: Sequence[str],
    firm: npt.NDArray[np.int64],
    texts: EncodedTexts,
    urls: npt.NDArray[np.object_],
    language: str,
    in_order: bool,
    kept_texts: list[str] | None,
) -> Sites:
    """Group pages by their firms, those without a known word left out."""
    with_words = np.bincount(firm, weights=texts.lengths, minlength=len(firm_ids)) > 0
    order = np.argsort(firm, kind="stable")
    order = order[with_words[firm[order]]]
    n_pages = np.bincount(firm, minlength=len(firm_ids))
    reasons = {
        f"no page in {language}": n_pages == 0,
        "no known word": (n_pages > 0) & ~with_words,
    }
    names = np.array(firm_ids, dtype=object)
    return Sites(
        firm_ids=names[with_words],
        page_offsets=np.concatenate([[0], np.cumsum(n_pages[with_words])]).astype(np.int64),
        urls=urls[order],
        counts=texts.counts()[order],
        words=texts.words,
        vectors=texts.vectors,
        known_share=texts.known_share,
        exclusions={reason: names[applies].tolist() for reason, applies in reasons.items()},
        reading_order=_reading_order(texts, order) if in_order else None,
        texts=None if kept_texts is None else [normalise(kept_texts[page]) for page in order],
    )


def _reading_order(texts: EncodedTexts, chosen: npt.NDArray[np.int64]) -> ReadingOrder:
    lengths = texts.lengths[chosen]
    words = texts.ids[_ranges(texts.offsets[chosen], lengths)]
    return ReadingOrder(words, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def _texts(table: pa.Table) -> Iterator[str]:
    for chunk in table["text"].chunks:
        yield from chunk.to_pylist()


def _ranges(starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Concatenate ranges: ``start, start + 1, …`` of each, one after the other."""
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return np.arange(len(shift), dtype=np.int64) + shift
