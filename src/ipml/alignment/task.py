"""What an alignment is fitted to and tested on: the words of two languages and a dictionary in three parts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ipml.alignment.affine import prepare, step_means
from ipml.alignment.data import (
    AlignmentData,
    Table,
    TestWords,
    Vocabulary,
    known_pairs,
    look_up,
    open_vocabulary,
    source_weights,
)
from ipml.alignment.lexicons import PARTS, open_lexicon
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.retrieval import check_device
from ipml.alignment.settings import Training
from ipml.console import console
from ipml.corpus import split_position
from ipml.errors import InputError
from ipml.files import short_hash
from ipml.text import Language, open_language


@dataclass(frozen=True)
class AlignmentTask:
    """Two languages, their words, and the parts of the dictionary: no source word is in two of them.

    Attributes
    ----------
    languages
        Source and target, with tokenizer and vectors.
    source, target
        Words that take part, most frequent first.
    train, validation, test
        Pairs to fit, to choose and to judge.
    steps
        Names of the preprocessing steps, in order.
    dictionaries
        Hash of the dictionaries.
    """

    languages: tuple[Language, Language]
    source: Vocabulary
    target: Vocabulary
    train: Lexicon
    validation: Lexicon
    test: Lexicon
    steps: tuple[str, ...]
    dictionaries: str

    @cached_property
    def means(self) -> tuple[Table, Table]:
        """What each centring takes off the source and the target vectors, from `step_means`."""
        return step_means(self.source.vectors, self.steps), step_means(self.target.vectors, self.steps)

    @property
    def pair(self) -> str:
        """Language codes, for example ``ja-en``."""
        return f"{self.languages[0].code}-{self.languages[1].code}"

    def words(self) -> tuple[TestWords, TestWords]:
        """Test words and validation words as rows."""
        return look_up(self.test, self.source, self.target), look_up(
            self.validation, self.source, self.target
        )

    def data(self, pair_weights: str, seed: int) -> AlignmentData:
        """Prepare both vocabularies and look the pairs up, weighted as ``model.pair_weights`` says."""
        parts = (self.train, self.validation, self.test)
        train, validation, test = (known_pairs(part, self.source, self.target) for part in parts)
        weights = source_weights(train) if pair_weights == "source" else np.ones(len(train))
        held_out = np.concatenate([part.rows for part in self.words()])
        vectors = self.source.vectors, self.target.vectors
        X, Y = (prepare(v, self.steps, m) for v, m in zip(vectors, self.means, strict=True))
        return AlignmentData(X, Y, train, validation, test, weights, held_out, seed)


def open_task(settings: Training) -> AlignmentTask:
    """Open languages and dictionaries of ``language`` with the reference language.

    Raises
    ------
    InputError
        If the language is the reference language, a dictionary is missing or malformed, no pair has vectors, or this
        machine has not the device of the search.
    """
    language, reference, model = settings.language, settings.reference_language, settings.model
    if language == reference:
        raise InputError(
            f"language={language}: the reference language needs no alignment: all languages meet in its space"
        )
    check_device("model.retrieval.device", model.retrieval.device)
    every, test = (open_lexicon(settings.lexicon, part, language) for part in PARTS)
    lexicon = every.without_sources(test.translations())
    if dropped := len(every) - len(lexicon):
        console.print(f"{dropped} training pairs left out: their source words are in lexicon.test")
    languages = open_language(settings.embeddings, language), open_language(settings.embeddings, reference)
    source, target = (open_vocabulary(of, model.max_words) for of in languages)
    train, validation = _split(lexicon, model.validation_share, settings.seed)
    for part, pairs in (("train", train), ("test", test)):
        if not len(known_pairs(pairs, source, target)):
            value = getattr(settings.lexicon, part)
            raise InputError(f"lexicon.{part}={value}: no pair has vectors in both languages")
    dictionaries = short_hash(lexicon.fingerprint, test.fingerprint)
    return AlignmentTask(languages, source, target, train, validation, test, tuple(model.steps), dictionaries)


def dictionary_folds(words: list[str], n_folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each source word of a dictionary, 0 to ``n_folds`` − 1, by a hash of the word: shape (n,)."""
    return (split_position(words, seed, "lexicon folds") * n_folds).astype(np.int64)


def _split(lexicon: Lexicon, share: float, seed: int) -> tuple[Lexicon, Lexicon]:
    """Training and validation part: a source word has all its pairs in one of them."""
    words = list(lexicon.translations())
    position = split_position(words, seed, "lexicon")
    held_out = {word for word, x in zip(words, position, strict=True) if x < share}
    validation = Lexicon(tuple(pair for pair in lexicon.pairs if pair[0] in held_out))
    return lexicon.without_sources(held_out), validation
