"""One centre for all groups: the mean of the reference language's word vectors, which no firm has a part in.

Mean word vectors share a large common part, and a common centre takes it off without touching what is
measured. A centre of each group would hide it: a group's mean product vector and what another group's A makes
of the group's mean technology are the very two directions whose angle is reported; about means of their own
both are zero, and the A's of two groups would act on different things.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ipml.console import track
from ipml.errors import InputError
from ipml.files import short_hash
from ipml.mapping.settings import MappingTraining, PooledTraining
from ipml.statistics.angles import unit_vectors
from ipml.text import Language, open_language

_WORDS_AT_A_TIME = 50_000


class Centre(NamedTuple):
    """A centre, shape (d,), or None for the origin, and its entries of the lineage.

    The lineage has an entry either way, so that evaluation refuses groups with different centres.
    """

    vector: npt.NDArray[np.float64] | None
    lineage: dict[str, str]


def choose_centre(settings: MappingTraining | PooledTraining) -> Centre:
    """Centre that ``model.centre`` names: null for none, ``words`` for the mean of the reference language's vectors.

    Raises
    ------
    InputError
        For vectors that have no list of words.
    """
    if settings.model.centre is None:
        return Centre(None, {"centre": "none"})
    reference = open_language(settings.embeddings, settings.reference_language)
    vector = mean_of_words(reference)
    made_from = {f"embeddings-{reference.code}": reference.vectors.fingerprint}
    return Centre(vector, {**made_from, "centre": short_hash(vector.tobytes())})


def mean_of_words(language: Language) -> npt.NDArray[np.float64]:
    """Mean of the vectors of all words of a language at length 1, as firm vectors take them: shape (d,).

    Raises
    ------
    InputError
        For an encoder, which has no list of words.
    """
    words = language.vectors.words
    if words is None:
        raise InputError(
            f"model.centre=words: the vectors for {language.code} come from an encoder, which has no list of "
            "words; allowed with it: model.centre=null"
        )
    total = np.zeros(language.vectors.dimension)
    starts = range(0, len(words), _WORDS_AT_A_TIME)
    for start in track(starts, "mean of the word vectors"):
        _, vectors = language.vectors.select(list(words[start : start + _WORDS_AT_A_TIME]))
        total += unit_vectors(vectors).sum(axis=0)
    return total / len(words)
