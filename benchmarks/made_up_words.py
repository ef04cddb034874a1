"""Made-up word vectors of two languages in one space, some of whose words translate each other."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
_DECAY = 0.35  # of the standard deviation with the number of a direction, as in tables of real words
_TOPIC_SIZE = 40  # words
_ROWS = 10_000


class Words(NamedTuple):
    """Two tables of vectors and the pairs of a dictionary.

    Attributes
    ----------
    sources, targets
        Shapes (n, e), float32, rows of length 1.
    queries, translations
        Rows of source words and of their translations, shape (q,).
    """

    sources: Vectors
    targets: Vectors
    queries: npt.NDArray[np.int64]
    translations: npt.NDArray[np.int64]


def made_up_words(n_words: int, n_queries: int, dimension: int, seed: int) -> Words:
    """Words in topics, with a few strong directions and with hubs.

    A word is a topic and something of its own. A source word is its translation with noise, more for some words than
    for others, and with a vector that all source words share: target words near to it are hubs.
    """
    generator = np.random.default_rng(seed)
    spread = np.arange(1, dimension + 1, dtype=np.float32) ** -_DECAY
    spread /= np.linalg.norm(spread)
    topics = generator.standard_normal((max(n_words // _TOPIC_SIZE, 1), dimension), dtype=np.float32) * spread

    common = generator.standard_normal(dimension, dtype=np.float32) * spread

    def noise(level: npt.NDArray[np.float32]) -> Vectors:
        return generator.standard_normal((len(level), dimension), dtype=np.float32) * spread * level[:, None]

    targets = np.empty((n_words, dimension), dtype=np.float32)
    sources = np.empty_like(targets)
    order = generator.permutation(n_words)
    for start in range(0, n_words, _ROWS):
        size = min(_ROWS, n_words - start)
        own = generator.lognormal(0, 0.6, size).astype(np.float32)
        words = topics[generator.integers(len(topics), size=size)] + noise(own)
        heard = generator.lognormal(1.2, 0.5, size).astype(np.float32)
        targets[start : start + size] = words / np.linalg.norm(words, axis=1, keepdims=True)
        translated = words + 1.2 * common + noise(heard)
        sources[order[start : start + size]] = translated / np.linalg.norm(translated, axis=1, keepdims=True)
    translations = generator.choice(n_words, size=n_queries, replace=False)
    return Words(sources, targets, order[translations], translations)
