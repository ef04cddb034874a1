"""A small bilingual world: vectors tell a part of each translation, the characters of most words another."""

from functools import cached_property
from typing import Any

import numpy as np

from ipml.alignment.fusion.dictionary import Dictionary, make_dictionary
from ipml.alignment.fusion.fitting import FusedFitting
from ipml.alignment.fusion.views import View, open_view
from ipml.alignment.lexicons.lexicon import Lexicon
from ipml.alignment.task import dictionary_folds
from ipml.config import compose_settings
from ipml.linear_map.solvers import random_orthogonal
from ipml.statistics.angles import unit_vectors
from ipml.text.embeddings.table import VectorTable

DIMENSION = 20
FIRST, SECOND = "水火木金土石山川空雨雪風", "車船機器具所人屋店道場室"
KANA = dict(zip("カミトルネソハワ", ["ka", "mi", "to", "ru", "ne", "so", "ha", "wa"], strict=True))
STEPS = ("unit", "centre", "unit")


class Planted:
    """300 words: 144 compounds, whose characters add up to the meaning, 96 loans, spelled alike, and 60 opaque ones.

    The source vectors are the English ones, turned, with errors; those of a second embedding have errors of their own.
    Even source rows are the dictionary's, odd ones are tested.
    """

    def __init__(self, error: float = 1.2) -> None:
        rng = np.random.default_rng(11)
        letters = list("bcdfghjlmnpqrstvwxyzaeiou")
        compounds = [a + b for a in FIRST for b in SECOND]
        loans = rng.permutation(sorted({"".join(rng.choice(list(KANA), 3)) for _ in range(200)}))[
            :96
        ].tolist()
        opaque = [chr(0x4E00 + 7 * i) + chr(0x6000 + 5 * i) for i in range(60)]
        n = len(compounds) + len(loans) + len(opaque)
        names = ["".join(rng.choice(letters, 7)) for _ in range(n)]
        names[144:240] = ["".join(KANA[kana] for kana in word) for word in loans]
        meaning = unit_vectors(rng.normal(size=(n, DIMENSION)))
        first, second = rng.normal(size=(2, 12, DIMENSION))
        parts = [first[i] + second[j] for i in range(12) for j in range(12)]
        meaning[:144] = unit_vectors(unit_vectors(np.array(parts)) + 0.5 * meaning[:144])
        order = rng.permutation(n)  # frequency tells nothing of the kind of word
        self.source = [[*compounds, *loans, *opaque][i] for i in order]
        self.is_opaque = order >= 240
        target_order = rng.permutation(n)
        self.target = [names[i] for i in target_order]
        self.English = meaning[target_order]
        self.translation = np.argsort(target_order)[order]
        self.Japanese = self._turned(meaning[order], error, 1)
        self.second = self._turned(meaning[order], error, 2)
        self.train, self.test = np.arange(0, n, 2), np.arange(1, n, 2)

    def _turned(self, meaning: np.ndarray, error: float, seed: int) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(size=meaning.shape) / np.sqrt(DIMENSION)
        return (meaning + error * noise) @ random_orthogonal(DIMENSION, DIMENSION, seed).T

    def view(self, name: str, vectors: np.ndarray) -> View:
        tables = [
            VectorTable(words, rows.astype(np.float32), name)
            for words, rows in ((self.source, vectors), (self.target, self.English))
        ]
        return open_view(name, (tables[0], tables[1]), (self.source, self.target), STEPS)

    @cached_property
    def words_view(self) -> View:
        return self.view("words", self.Japanese)

    def lexicon(self, rows: np.ndarray) -> Lexicon:
        return Lexicon(tuple((self.source[i], self.target[self.translation[i]]) for i in rows))

    def dictionary(self, lexicon: Lexicon | None = None) -> Dictionary:
        rows = ({word: row for row, word in enumerate(words)} for words in (self.source, self.target))
        return make_dictionary(lexicon or self.lexicon(self.train), *rows)

    def fitting(self, *overrides: str, views: list[View] | None = None) -> FusedFitting:
        given = settings(*overrides)
        words = (self.source, self.target)
        return FusedFitting(words, views or [self.words_view], given.model, given.trainer, given.seed)


def settings(*overrides: str) -> Any:
    """Settings of a small fused alignment."""
    small = [
        "model.n_candidates=40",
        "model.accuracy_at=[1]",
        "model.written_form.dimension=60",
        "model.ranker.max_epochs=8",
    ]
    return compose_settings("train", ["model=fused_alignment", *small, *overrides])


def folds(dictionary: Dictionary, number: int = 5) -> np.ndarray:
    return dictionary_folds(list(dictionary.words), number, 0)
