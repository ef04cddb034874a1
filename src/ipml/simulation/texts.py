"""Pages and patents: how long they are, and words drawn from mixtures of topics."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.settings.world import Pages, Patents
from ipml.simulation.concepts import OTHER_PAGE_KINDS, PRODUCT_PAGE, Concepts
from ipml.simulation.corporate_groups import NO_GROUP
from ipml.simulation.languages import PlantedLanguage

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
PAGE_KINDS = (PRODUCT_PAGE, *OTHER_PAGE_KINDS)
# Kinds of pages beside the product pages: news and investor pages are the commonest.
_OTHER_SHARES = np.array([0.3, 0.15, 0.15, 0.4])
SHORTEST = 5
_SCATTER = 4.0  # sum of the parameters of the Beta by which pages overlap: the lower, the more they differ


@dataclass(frozen=True)
class Texts:
    """n texts as word numbers of a language; text i is ``ids[offsets[i]:offsets[i + 1]]``."""

    ids: Numbers
    offsets: Numbers

    def strings(self, words: list[str]) -> list[str]:
        """Join the words of each text with spaces."""
        spelled = np.array(words, dtype=object)[self.ids]
        bounds = zip(self.offsets[:-1], self.offsets[1:], strict=True)
        return [" ".join(spelled[start:end]) for start, end in bounds]

    def rows(self) -> Numbers:
        """Text number of each word."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def take(self, numbers: Numbers) -> "Texts":
        """Texts of these numbers, in that order."""
        sizes = np.diff(self.offsets)[numbers]
        ends = np.cumsum(sizes)
        first = np.repeat(self.offsets[numbers] - (ends - sizes), sizes)
        return Texts(self.ids[first + np.arange(len(first))], np.concatenate([[0], ends]))


def draw_texts(
    mixtures: Array, lengths: Numbers, language: PlantedLanguage, rng: np.random.Generator
) -> Texts:
    """Draw the words of texts: for each word a topic of the text's mixture, then a word of the topic.

    Parameters
    ----------
    mixtures
        Share of each topic in each text, shape (n, topics); rows sum to 1.
    lengths
        Number of words of each text, shape (n,).
    """
    text = np.repeat(np.arange(len(lengths)), lengths)
    topic = _draw(mixtures, text, rng)
    # The probabilities of each topic sum to 1, so the words of topic k share the interval [k, k + 1).
    edges = np.cumsum(language.probability)
    ids = np.searchsorted(edges, topic + rng.random(len(topic)), side="right")
    sizes = np.bincount(language.topic)
    ends = np.cumsum(sizes)
    ids = np.clip(ids, (ends - sizes)[topic], ends[topic] - 1)
    return Texts(ids, np.concatenate([[0], np.cumsum(lengths)]))


def _draw(mixtures: Array, row: Numbers, rng: np.random.Generator) -> Numbers:
    """Draw one column number for each entry of ``row`` from that row of ``mixtures``."""
    edges = np.cumsum(mixtures, axis=1)
    edges /= edges[:, -1:]
    flat = (np.arange(len(mixtures))[:, None] + edges).ravel()
    place = np.searchsorted(flat, row + rng.random(len(row)), side="right") - row * mixtures.shape[1]
    return np.minimum(place, mixtures.shape[1] - 1)


def page_counts(n_firms: int, settings: Pages, rng: np.random.Generator) -> Numbers:
    """Draw the number of pages of each firm: log-normal around the mean, at most ``max``."""
    spread = 0.7
    counts = settings.mean * np.exp(spread * rng.normal(size=n_firms) - spread**2 / 2)
    return np.clip(np.rint(counts), 1, settings.max).astype(np.int64)


def draw_page_kinds(counts: Numbers, settings: Pages, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Draw the kind of each page, with at least one product page a firm.

    Returns
    -------
    firm, kind
        Of each page: row number of its firm, number in ``PAGE_KINDS``; shape (pages,).
    """
    n_product = np.maximum(1, np.floor(settings.product_share * counts + rng.random(len(counts)))).astype(
        np.int64
    )
    firm = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort([rng.random(len(firm)), firm])  # pages of a firm in random order
    place = np.arange(len(firm)) - np.repeat(np.cumsum(counts) - counts, counts)
    kind = np.empty(len(firm), dtype=np.int64)
    others = 1 + rng.choice(len(OTHER_PAGE_KINDS), size=len(firm), p=_OTHER_SHARES)
    kind[order] = np.where(place < n_product[firm], 0, others)
    return firm, kind


def page_lengths(n_pages: int, settings: Pages, rng: np.random.Generator) -> Numbers:
    """Draw the number of words of each page: log-normal around the median."""
    lengths = settings.median_tokens * np.exp(settings.tokens_spread * rng.normal(size=n_pages))
    return np.maximum(SHORTEST, np.rint(lengths)).astype(np.int64)


def kind_shares(kind: Numbers, settings: Pages, rng: np.random.Generator) -> Array:
    """Share of each page's words that tell each of ``PAGE_KINDS``, shape (pages, kinds).

    A product page has ``topical_words`` of products; another page has as many words of its own kind, of which
    ``leakage`` are product words all the same. With ``overlap``, pages differ: a share of mean ``overlap`` of a
    page's words tells the other kinds, and the leakage of a page scatters around its mean as widely.
    """
    topical, leakage, overlap = settings.topical_words, settings.leakage, settings.overlap
    product, strangers = np.where(kind == 0, topical, leakage), np.zeros(len(kind))
    if overlap:
        strangers = _scattered(np.full(len(kind), overlap), rng)
        leaked = topical * _scattered(np.full(len(kind), leakage / topical), rng)
        product = np.where(kind == 0, topical * (1 - strangers), leaked)
    strange = np.tile(_OTHER_SHARES, (len(kind), 1))
    own = np.flatnonzero(kind > 0)
    strange[own, kind[own] - 1] = 0.0
    others = (strangers / strange.sum(axis=1))[:, None] * strange
    others[own, kind[own] - 1] = 1 - strangers[own]
    rest = np.where(kind == 0, topical, topical - product)
    return np.column_stack([product, rest[:, None] * others])


def menu_shares(settings: Pages) -> Array:
    """Share of a menu's words that tell each of ``PAGE_KINDS``, shape (kinds,); of products as on other pages."""
    return np.append(settings.leakage, (settings.topical_words - settings.leakage) * _OTHER_SHARES)


def page_mixtures(
    firm: Numbers, shares: Array, products: Array, themes: Array, concepts: Concepts, settings: Pages
) -> Array:
    """Topic mixture of each page, shape (pages, topics).

    Parameters
    ----------
    firm
        Row number of the firm of each page, shape (pages,).
    shares
        Share of the words of each page that tell each of ``PAGE_KINDS``, shape (pages, kinds); the rest are general.
    products
        Product mixtures of the firms, shape (firms, p).
    themes
        Their mixtures of themes for the other kinds, shape (firms, kinds - 1, themes).
    """
    mixtures = np.zeros((len(firm), len(concepts.topic_names)))
    mixtures[:, concepts.topics_of(PRODUCT_PAGE)] = shares[:, :1] * products[firm]
    for number, name in enumerate(OTHER_PAGE_KINDS, start=1):
        mixtures[:, concepts.topics_of(name)] = shares[:, number, None] * themes[firm, number - 1]
    mixtures[:, 0] = 1.0 - settings.topical_words
    return mixtures


def begin_with(texts: Texts, openings: Texts, of_text: Numbers) -> Texts:
    """Put words that repeat before texts: text i begins with the opening ``of_text[i]``, shape (n,)."""
    first = openings.take(of_text)
    sizes = np.diff(first.offsets)
    ids = np.insert(texts.ids, np.repeat(texts.offsets[:-1], sizes), first.ids)
    return Texts(ids, texts.offsets + first.offsets)


def copied_pages(
    firm: Numbers, kind: Numbers, corporate_group: Numbers, share: float, rng: np.random.Generator
) -> Numbers:
    """Draw which pages have the text of another firm's page.

    A page of a firm in a corporate group has it of a page of the same kind of another firm of the group, if there is
    one; a page of another firm, unless it is a product page, of any firm's page of the same kind.

    Parameters
    ----------
    firm, kind
        Of each page, shape (n,).
    corporate_group
        Number of each firm's group, `NO_GROUP` without one, shape (firms,).
    share
        Share of pages that are drawn to have it.

    Returns
    -------
    array of shape (n,)
        Number of the page whose text a page has: mostly its own.
    """
    source, drawn = np.arange(len(firm)), rng.random(len(firm)) < share
    original = pd.DataFrame({"page": source, "kind": kind, "group": corporate_group[firm]})[~drawn]
    alike = {key: of.to_numpy() for key, of in original.groupby("kind")["page"]}
    sisters = {key: of.to_numpy() for key, of in original.groupby(["kind", "group"])["page"]}
    for page in np.flatnonzero(drawn):
        group = corporate_group[firm[page]]
        found = sisters.get((kind[page], group)) if group != NO_GROUP else None
        if (found is None or (firm[found] == firm[page]).all()) and kind[page] > 0:
            found = alike.get(kind[page])
        if found is not None and (others := found[firm[found] != firm[page]]).size:
            source[page] = rng.choice(others)
    return source


def _scattered(mean: Array, rng: np.random.Generator) -> Array:
    """Draw shares around their means: Beta with parameters that sum to ``_SCATTER``."""
    low = 1e-9  # a mean of 0 or 1 stays one
    return np.asarray(rng.beta(np.maximum(_SCATTER * mean, low), np.maximum(_SCATTER * (1 - mean), low)))


def patent_counts(n_firms: int, settings: Patents, rng: np.random.Generator) -> Numbers:
    """Draw the number of patents of each firm: one and a geometric number more."""
    return rng.geometric(1.0 / settings.mean, size=n_firms).astype(np.int64)


def patent_mixtures(technologies: Array, concepts: Concepts, settings: Patents) -> Array:
    """Topic mixture of patents, shape (n, topics), from their technology mixtures, shape (n, t)."""
    mixtures = np.zeros((len(technologies), len(concepts.topic_names)))
    mixtures[:, concepts.topics_of("technology")] = settings.technology_words * technologies
    mixtures[:, 0] = 1.0 - settings.technology_words
    return mixtures
