"""What words can mean: topics, and the meanings in them as points of the reference space."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ipml.settings.world import Pages, Topics
from ipml.statistics.angles import directions

PRODUCT_PAGE = "product"
OTHER_PAGE_KINDS = ("investor", "career", "privacy", "news")
GENERAL = "general"


@dataclass(frozen=True)
class Concepts:
    """Meanings in topics.

    Attributes
    ----------
    topic_names
        ``general``, ``technology-00`` …, ``product-00`` …, then the themes of pages that say nothing of
        products: ``investor-00`` …
    topic
        Topic number of each of the n concepts, ascending, shape (n,).
    probability
        Probability of a concept within its topic, shape (n,); sums to 1 over each topic.
    meaning
        Unit vectors, shape (n, dimension).
    """

    topic_names: list[str]
    topic: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    meaning: npt.NDArray[np.float64]

    def topics_of(self, kind: str) -> npt.NDArray[np.int64]:
        """Numbers of the topics of a kind: ``general``, ``technology``, ``product`` or a kind of page."""
        return np.array([i for i, name in enumerate(self.topic_names) if name.split("-")[0] == kind])


def draw_concepts(settings: Topics, dimension: int, rng: np.random.Generator) -> Concepts:
    """Draw topics and the concepts in them.

    A meaning is the common mean (length 1) plus the centre of its role, as product or investor words (length
    ``role_spread``), plus the centre of its topic (length ``topic_spread``) plus its own part (length
    ``word_spread``), brought to length 1. General words have no centre. The common mean is what makes the
    cosines of averaged word vectors so high; the roles are what makes product words alike as such.
    """
    names = [
        GENERAL,
        *(f"technology-{k:02d}" for k in range(settings.technology)),
        *(f"product-{k:02d}" for k in range(settings.product)),
        *(f"{kind}-{k:02d}" for kind in OTHER_PAGE_KINDS for k in range(settings.page_themes)),
    ]
    sizes = [settings.general_words]
    sizes += [settings.words] * (settings.technology + settings.product)
    sizes += [settings.page_theme_words] * (len(OTHER_PAGE_KINDS) * settings.page_themes)
    topic = np.repeat(np.arange(len(names)), sizes)
    centre = settings.topic_spread * directions(rng.normal(size=(len(names), dimension)))
    kind = np.array([name.split("-")[0] for name in names])
    for name in dict.fromkeys(kind):
        centre[kind == name] += settings.role_spread * directions(rng.normal(size=(1, dimension)))
    centre[0] = 0.0
    common = directions(rng.normal(size=(1, dimension)))
    own = settings.word_spread / np.sqrt(dimension) * rng.normal(size=(len(topic), dimension))
    probability = np.concatenate([zipf(size, settings.zipf) for size in sizes])
    return Concepts(names, topic, probability, directions(common + centre[topic] + own))


def topic_usage(topic_names: list[str], topics: Topics, pages: Pages) -> npt.NDArray[np.float64]:
    """Rough share of each topic among all words of a world's texts, shape (topics,)."""
    share = {
        "general": 1 - pages.topical_words,
        "product": pages.topical_words * pages.product_share / topics.product,
        "technology": pages.topical_words * pages.product_share / topics.technology,
    }
    other = pages.topical_words * (1 - pages.product_share)
    other /= len(OTHER_PAGE_KINDS) * topics.page_themes
    return np.array([share.get(name.split("-")[0], other) for name in topic_names])


def zipf(size: int, exponent: float) -> npt.NDArray[np.float64]:
    """Probabilities proportional to 1 / rank^exponent, shape (size,)."""
    weight = np.arange(1, size + 1, dtype=np.float64) ** -exponent
    return weight / weight.sum()
