"""What the picture of a firm shows, before it is written as a web page or drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.firm_picture.reading import Word, in_reading_order, known_tokens, word_weights


@dataclass(frozen=True)
class Page:
    """A page of the firm.

    Attributes
    ----------
    number
        Place on the site, from 1.
    url
        Its address, as crawled; empty if unknown.
    weight
        Attention of the page in its firm.
    n_tokens, n_known
        Number of words on the page, and of those that the model read.
    words, n_left_out
        The words in reading order, and how many are left out behind them; none on a page of weight 0.
    """

    number: int
    url: str
    weight: float
    n_tokens: int
    n_known: int
    words: list[Word]
    n_left_out: int


@dataclass(frozen=True)
class Keyword:
    """A keyword of the firm.

    Attributes
    ----------
    rank, word
        Its place among the firm's keywords, from 1.
    word_weight, page_weight
        Attention on one occurrence on its page, and of the page in the firm.
    contrast
        Log of how much likelier it is on pages with attention than on others; None where that is not known.
    page
        Number of the page, from 1.
    glosses
        Its English translations.
    """

    rank: int
    word: str
    word_weight: float
    page_weight: float
    contrast: float | None
    page: int
    glosses: tuple[str, ...]

    @property
    def score(self) -> float:
        """Page weight times word weight."""
        return self.page_weight * self.word_weight

    @property
    def times(self) -> float | None:
        """How many times likelier the word is on pages with attention; None where that is not known."""
        return None if self.contrast is None else float(np.exp(self.contrast))


@dataclass(frozen=True)
class Picture:
    """Everything that is shown of a firm.

    Attributes
    ----------
    firm_id, names
        The firm, and its names that are known: the English one first, then the local one.
    language
        Code of the language of its pages.
    simulated
        True for a firm of a planted world.
    facts, sources
        Label and text: of the firm and what the model says of it; of what the picture was made from.
    pages
        All pages that the model read, in the order of the site.
    n_unread
        Pages behind those, which the model does not read.
    keywords, rule
        The keywords in order of rank, and sentences that say how they were chosen.
    glossed
        False where no dictionary was given, or none is needed.
    """

    firm_id: str
    names: tuple[str, ...]
    language: str
    simulated: bool
    facts: list[tuple[str, str]]
    sources: list[tuple[str, str]]
    pages: list[Page]
    n_unread: int
    keywords: list[Keyword]
    rule: list[str]
    glossed: bool

    @property
    def ordered(self) -> list[Page]:
        """Pages with the highest weight first."""
        return sorted(self.pages, key=lambda page: -page.weight)

    @property
    def kept(self) -> list[Page]:
        """Pages with any weight, the highest first."""
        return [page for page in self.ordered if page.weight > 0]

    @property
    def even_weight(self) -> float:
        """Weight of a page if the model looked at all pages with a known word alike."""
        return 1 / sum(page.n_known > 0 for page in self.pages)

    @property
    def marked(self) -> frozenset[str]:
        """The keywords, to be marked in the texts."""
        return frozenset(keyword.word for keyword in self.keywords)


def make_pages(
    sites: Sites, scores: SiteScores, tokens: Sequence[Sequence[str]], max_tokens: int
) -> list[Page]:
    """Describe the pages of the one firm in ``sites``, with the words of each page as the tokenizer cuts them."""
    pages = []
    for row, words in enumerate(tokens):
        weight, n_known = float(scores.page_weights[row]), known_tokens(sites, row)
        shown, n_left_out = (
            in_reading_order(words, word_weights(sites, scores, row), n_known, max_tokens)
            if weight > 0
            else ([], 0)
        )
        url = sites.urls[row] or ""
        pages.append(Page(row + 1, url, weight, len(words), n_known, shown, n_left_out))
    return pages


def make_keywords(table: pd.DataFrame, translations: Mapping[str, Sequence[str]]) -> list[Keyword]:
    """Make the keywords of one firm from its rows of the table ``keywords``, with their glosses."""
    rows = table.sort_values("rank").to_dict("records")
    return [
        Keyword(
            rank=int(row["rank"]),
            word=row["word"],
            word_weight=float(row["word_weight"]),
            page_weight=float(row["page_weight"]),
            contrast=None if pd.isna(row["contrast"]) else float(row["contrast"]),
            page=int(row["page"]) + 1,
            glosses=tuple(translations.get(row["word"], ())),
        )
        for row in rows
    ]
