"""What an alignment is fitted to and tested on: the words of two languages and a dictionary in three parts."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

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
from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.preprocessing import check_steps, prepare, step_means
from ipml.alignment.retrieval import check_retrieval
from ipml.console import console
from ipml.corpus import split_position
from ipml.errors import InputError, check_count, choice_error
from ipml.files import short_hash
from ipml.text import Language, open_language

REFERENCE = "en"
PAIR_WEIGHTS = ("source", "pair")


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

    def data(self, settings: DictConfig, seed: int) -> AlignmentData:
        """Prepare both vocabularies and look the pairs up, weighted as ``model.pair_weights`` says."""
        parts = (self.train, self.validation, self.test)
        train, validation, test = (known_pairs(part, self.source, self.target) for part in parts)
        by_source = settings.pair_weights == "source"
        weights = source_weights(train) if by_source else np.ones(len(train))
        held_out = np.concatenate([part.rows for part in self.words()])
        vectors = self.source.vectors, self.target.vectors
        X, Y = (prepare(v, self.steps, m) for v, m in zip(vectors, self.means, strict=True))
        return AlignmentData(X, Y, train, validation, test, weights, held_out, seed)


def open_task(config: DictConfig) -> AlignmentTask:
    """Open languages and dictionaries of ``config.language`` with English.

    Raises
    ------
    InputError
        If the language needs no alignment, a dictionary is missing or malformed, or no pair has vectors.
    """
    _check(config)
    every, test = (open_lexicon(config.lexicon, part, config.language) for part in ("train", "test"))
    lexicon = every.without_sources(test.translations())
    if dropped := len(every) - len(lexicon):
        console.print(f"{dropped} training pairs left out: their source words are in lexicon.test")
    languages = open_language(config.embeddings, config.language), open_language(config.embeddings, REFERENCE)
    source, target = (open_vocabulary(language, config.model.max_words) for language in languages)
    train, validation = _split(lexicon, config)
    for part, pairs in (("train", train), ("test", test)):
        if not len(known_pairs(pairs, source, target)):
            raise InputError(f"lexicon.{part}={config.lexicon[part]}: no pair has vectors in both languages")
    dictionaries = short_hash(lexicon.fingerprint, test.fingerprint)
    return AlignmentTask(
        languages, source, target, train, validation, test, tuple(config.model.steps), dictionaries
    )


def dictionary_folds(words: list[str], n_folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Fold of each source word of a dictionary, 0 to ``n_folds`` − 1, by a hash of the word: shape (n,)."""
    return (split_position(words, seed, "lexicon folds") * n_folds).astype(np.int64)


def _check(config: DictConfig) -> None:
    if config.language == REFERENCE:
        raise InputError(f"language={REFERENCE}: English needs no alignment: all languages meet in its space")
    if config.embeddings.shared_space:
        raise InputError(
            f"embeddings={config.embeddings.name}: one space for all languages already; it needs no alignment"
        )
    check_steps(config.model.steps)
    check_retrieval(config.model.retrieval)
    if config.model.pair_weights not in PAIR_WEIGHTS:
        raise choice_error("model.pair_weights", config.model.pair_weights, PAIR_WEIGHTS)
    check_count("model.bootstrap_maps", config.model.bootstrap_maps, low=0)
    check_count("model.calibration.folds", config.model.calibration.folds, low=2)
    check_count("model.calibration.words", config.model.calibration.words)
    if not 0 <= config.model.validation_share < 1:
        raise InputError(f"model.validation_share={config.model.validation_share}: allowed: 0 to below 1")


def _split(lexicon: Lexicon, config: DictConfig) -> tuple[Lexicon, Lexicon]:
    """Training and validation part: a source word has all its pairs in one of them."""
    words = list(lexicon.translations())
    position = split_position(words, config.seed, "lexicon")
    held_out = {word for word, x in zip(words, position, strict=True) if x < config.model.validation_share}
    validation = Lexicon(tuple(pair for pair in lexicon.pairs if pair[0] in held_out))
    return lexicon.without_sources(held_out), validation
