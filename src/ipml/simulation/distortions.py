"""What keeps a language's space from being the reference space turned, and a word from having one meaning."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.statistics.angles import directions

Array = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def distort(vectors: Array, stretch: float, bend: float, rng: np.random.Generator) -> Array:
    """Stretch a space along some axes and bend it, so that no rotation takes it back; vectors of length 1 stay so.

    Spaces of two languages are only roughly alike up to a rotation, the less so the further apart the languages and
    the domains of their texts (Søgaard, Ruder & Vulić 2018, "On the limitations of unsupervised bilingual dictionary
    induction").

    Parameters
    ----------
    vectors
        Unit vectors, shape (n, dimension).
    stretch
        SD of the logs of the factors along orthogonal axes, drawn at random.
    bend
        Length of a quadratic part that is added, relative to the vector, on average.

    Returns
    -------
    array of shape (n, dimension)
    """
    dimension = vectors.shape[1]
    axes = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
    factors = np.exp(stretch * rng.normal(size=dimension))
    first, second = (directions(rng.normal(size=(dimension, dimension))) for _ in range(2))
    quadratic = np.sqrt(dimension) * (vectors @ first.T) * (vectors @ second.T)
    return directions((vectors @ axes * factors) @ axes.T + bend * quadratic)


def draw_spellings(concept: Numbers, polysemy: float, rng: np.random.Generator) -> Numbers:
    """Draw which words are spelled as another word, of another concept.

    Parameters
    ----------
    concept
        Concept number of each word, shape (n,).
    polysemy
        Share of the words that share their spelling with another one.

    Returns
    -------
    array of shape (n,)
        Number of the first word with the same spelling; a word's own number where there is no other.
    """
    spelling = np.arange(len(concept))
    n_pairs = round(polysemy * len(concept) / 2)
    pairs = rng.permutation(len(concept))[: 2 * n_pairs].reshape(n_pairs, 2)
    pairs = np.sort(pairs[concept[pairs[:, 0]] != concept[pairs[:, 1]]], axis=1)
    spelling[pairs[:, 1]] = pairs[:, 0]
    return spelling


def blend(vectors: npt.NDArray[Any], spelling: Numbers, frequency: Array) -> Array:
    """Give words that are spelled alike one vector, the mean of theirs by frequency, of length 1.

    So are vectors learned that know the spelling alone (Arora et al. 2018, "Linear algebraic structure of word senses,
    with applications to polysemy"). Other words keep theirs.
    """
    sums = np.zeros_like(vectors)
    np.add.at(sums, spelling, frequency[:, None] * vectors)
    shared = np.bincount(spelling, minlength=len(spelling))[spelling] > 1
    return np.where(shared[:, None], directions(sums[spelling]), vectors)
