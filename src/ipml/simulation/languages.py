"""The words of a language, their vectors, and dictionaries between languages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ipml.errors import InputError
from ipml.settings.world import Dictionary, Languages
from ipml.simulation.concepts import Concepts
from ipml.simulation.distortions import blend, distort, draw_spellings
from ipml.simulation.world_codes import WordForm, WorldCodes
from ipml.statistics.angles import directions

_WELL_KNOWN = 2.0  # times as frequent as the median word: a vector gets no better with more contexts


@dataclass(frozen=True)
class PlantedLanguage:
    """Words of a language, in the order of their concepts.

    Attributes
    ----------
    words
        n words; distinct but for those that ``spelling`` joins.
    concept
        Concept number of each word, ascending, shape (n,).
    topic
        Topic number of each word, ascending, shape (n,).
    probability
        Probability of a word within its topic, shape (n,).
    frequency
        Rough share of a word among all words of the world's texts, shape (n,).
    spelling
        Number of the first word that is spelled like the word, shape (n,): mostly its own.
    vectors
        Unit vectors, shape (n, dimension), float32.
    has_vector
        Whether the table of vectors holds the word, shape (n,).
    rotation
        Orthogonal R, shape (dimension, dimension): a vector here is R times the one in the reference language's space,
        which is stretched and bent before where the settings say so.
    """

    code: str
    words: list[str]
    concept: npt.NDArray[np.int64]
    topic: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    frequency: npt.NDArray[np.float64]
    spelling: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float32]
    has_vector: npt.NDArray[np.bool_]
    rotation: npt.NDArray[np.float64]

    def topic_means(self) -> npt.NDArray[np.float64]:
        """Mean vector of the words of each topic by their probability, words without a vector left out.

        Returns
        -------
        array of shape (number of topics, dimension)
        """
        weight = self.probability * self.has_vector
        sums = np.zeros((self.topic[-1] + 1, self.vectors.shape[1]))
        np.add.at(sums, self.topic, weight[:, None] * self.vectors)
        return sums / np.bincount(self.topic, weights=weight)[:, None]


def draw_language(
    code: str,
    codes: WorldCodes,
    concepts: Concepts,
    usage: npt.NDArray[np.float64],
    settings: Languages,
    rng: np.random.Generator,
) -> PlantedLanguage:
    """Draw the words of a language and their vectors.

    The first word of the reference language for a concept has the meaning itself as its vector. Another
    language's vectors are the meanings, each with an error of its own, turned by a random rotation. A
    synonym is a second word with its own error and a third of the uses. By ``noise_by_rarity`` the error is
    larger the rarer the word, as that of vectors learned from few contexts is. Words that are spelled alike have
    one vector.

    Parameters
    ----------
    code
        Language, one of ``codes.word_forms``.
    usage
        Rough share of each topic among all words of the world's texts, shape (topics,).
    """
    n_concepts, dimension = concepts.meaning.shape
    n_words = np.where(rng.random(n_concepts) < settings.synonyms, 2, 1)
    concept = np.repeat(np.arange(n_concepts), n_words)
    first = np.concatenate([[True], concept[1:] != concept[:-1]])
    share = np.where(n_words[concept] == 1, 1.0, np.where(first, 2 / 3, 1 / 3))
    topic = concepts.topic[concept]
    probability = concepts.probability[concept] * share
    frequency = usage[topic] * probability
    error = settings.noise * rng.normal(size=(len(concept), dimension))
    error *= (np.maximum(rarity(frequency), 1 / _WELL_KNOWN) ** settings.noise_by_rarity)[:, None]
    rotation = random_rotation(dimension, rng)
    if code == codes.reference:
        error[first] = 0.0
        rotation = np.eye(dimension)
    meaning = concepts.meaning[concept] + error / np.sqrt(dimension)
    has_vector = rng.random(len(concept)) >= settings.without_vector
    has_vector[np.searchsorted(topic, np.unique(topic))] = True  # no topic is without any vector
    words = invent_words(code, codes.word_forms[code], len(concept), rng)
    vectors, spelling = directions(meaning), np.arange(len(concept))
    if settings.polysemy:
        spelling = draw_spellings(concept, settings.polysemy, rng)
        words = [words[number] for number in spelling]
        has_vector = (np.bincount(spelling, weights=has_vector) > 0)[spelling]
        vectors = blend(vectors, spelling, frequency)
    if code != codes.reference and (settings.stretch or settings.bend):
        vectors = distort(vectors, settings.stretch, settings.bend, rng)
    return PlantedLanguage(
        code=code,
        words=words,
        concept=concept,
        topic=topic,
        probability=probability,
        frequency=frequency,
        spelling=spelling,
        vectors=(vectors @ rotation.T).astype(np.float32),
        has_vector=has_vector,
        rotation=rotation,
    )


def rarity(frequency: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How many times rarer than the median word each word is, shape (n,)."""
    return np.asarray(np.median(frequency) / frequency)


def invent_words(code: str, form: WordForm, count: int, rng: np.random.Generator) -> list[str]:
    """Invent distinct words of a language.

    Parameters
    ----------
    code
        Language, for the error.
    form
        How its words look.
    count
        Number of words.

    Raises
    ------
    InputError
        If fewer than twice as many words can be made of the syllables, so that it could take forever.
    """
    syllables, lengths = form.all_syllables, form.syllables
    most = sum(len(syllables) ** length for length in set(lengths))
    if most < 2 * count:
        raise InputError(
            f"conf/language/{code}.yaml: words: {most:,} words can be made of them and {count:,} are needed; "
            "give more syllables, at least twice as many words"
        )
    words: dict[str, None] = {}
    while len(words) < count:
        size = rng.choice(lengths, size=count)
        picks = rng.integers(len(syllables), size=(count, max(lengths)))
        for n, row in zip(size, picks, strict=True):
            word = "".join(syllables[pick] for pick in row[:n])
            if word[0] not in form.not_first:
                words[word] = None
    return list(words)[:count]


def random_rotation(dimension: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw an orthogonal matrix uniformly (Haar measure)."""
    q, r = np.linalg.qr(rng.normal(size=(dimension, dimension)))
    return np.asarray(q * np.sign(np.diag(r)))


def translations(source: PlantedLanguage, target: PlantedLanguage) -> pd.DataFrame:
    """All correct translations: columns ``source`` and ``target``."""
    left = pd.DataFrame({"source": source.words, "concept": source.concept})
    right = pd.DataFrame({"target": target.words, "concept": target.concept})
    return left.merge(right, on="concept")[["source", "target"]]


def draw_dictionary(
    source: PlantedLanguage, target: PlantedLanguage, settings: Dictionary, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a dictionary with gaps and wrong entries.

    A word that is ``r`` times rarer than the median word stands in it with probability ``coverage ** (r **
    gaps_by_rarity)``: that of the median word is ``coverage``.

    Returns
    -------
    train, test
        Columns ``source`` and ``target``, one translation a row; no source word is in both.
    """
    pairs = translations(source, target)
    fate = rng.random(len(source.words))  # of each source word: test, train or left out
    pairs = pairs.assign(fate=pairs["source"].map(dict(zip(source.words, fate, strict=True))))
    wrong = rng.random(len(pairs)) < settings.wrong
    strangers = np.array(target.words, dtype=object)[rng.integers(len(target.words), size=len(pairs))]
    pairs["target"] = pairs["target"].where(~wrong, strangers)
    covered = settings.coverage ** (rarity(source.frequency) ** settings.gaps_by_rarity)
    coverage = pairs["source"].map(dict(zip(source.words, covered, strict=True)))
    in_test = pairs["fate"] < coverage * settings.test_share
    in_train = ~in_test & (pairs["fate"] < coverage)
    columns = ["source", "target"]
    train, test = (
        pairs.loc[chosen, columns].drop_duplicates(ignore_index=True) for chosen in (in_train, in_test)
    )
    return train, test
