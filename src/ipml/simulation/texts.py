"""Pages and patents: how long they are, and words drawn from mixtures of topics."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.settings.world import Pages, Patents
from ipml.simulation.concepts import OTHER_PAGE_KINDS, PRODUCT_PAGE, Concepts
from ipml.simulation.languages import PlantedLanguage

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
PAGE_KINDS = (PRODUCT_PAGE, *OTHER_PAGE_KINDS)
# Kinds of pages beside the product pages: news and investor pages are the commonest.
_OTHER_SHARES = np.array([0.3, 0.15, 0.15, 0.4])
_SHORTEST = 5


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
    return np.maximum(_SHORTEST, np.rint(lengths)).astype(np.int64)


def page_mixtures(
    firm: Numbers, kind: Numbers, products: Array, themes: Array, concepts: Concepts, settings: Pages
) -> Array:
    """Topic mixture of each page, shape (pages, topics).

    A product page has ``topical_words`` of the firm's products, mixtures of shape (firms, p); another page
    has as many words of the firm's themes for its kind, mixtures of shape (firms, kinds, themes), of which
    ``leakage`` are product words all the same. The rest are general words.
    """
    mixtures = np.zeros((len(firm), len(concepts.topic_names)))
    product_words = np.where(kind == 0, settings.topical_words, settings.leakage)
    mixtures[:, concepts.topics_of(PRODUCT_PAGE)] = product_words[:, None] * products[firm]
    for number, name in enumerate(OTHER_PAGE_KINDS, start=1):
        pages = np.flatnonzero(kind == number)
        share = (settings.topical_words - settings.leakage) * themes[firm[pages], number - 1]
        mixtures[pages[:, None], concepts.topics_of(name)] = share
    mixtures[:, 0] = 1.0 - settings.topical_words
    return mixtures


def patent_counts(n_firms: int, settings: Patents, rng: np.random.Generator) -> Numbers:
    """Draw the number of patents of each firm: one and a geometric number more."""
    return rng.geometric(1.0 / settings.mean, size=n_firms).astype(np.int64)


def patent_mixtures(technologies: Array, concepts: Concepts, settings: Patents) -> Array:
    """Topic mixture of patents, shape (n, topics), from their technology mixtures, shape (n, t)."""
    mixtures = np.zeros((len(technologies), len(concepts.topic_names)))
    mixtures[:, concepts.topics_of("technology")] = settings.technology_words * technologies
    mixtures[:, 0] = 1.0 - settings.technology_words
    return mixtures
