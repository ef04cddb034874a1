"""Vectors of the firms of `benchmarks.firm_texts`: of words as built, of characters, and of whole texts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.firm_texts import FirmTexts
from ipml.statistics.angles import unit_vectors
from ipml.text import Language, encode_texts
from ipml.text.encoders.kept import KeptTexts

PRODUCTS = ("phrases", "rare phrases", "whole text", "rare phrases and whole text")
N_REFERENCE, WIDTH = 600, 0.1  # phrases that a frequency is measured by, and how near one counts as the same
Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class Sides(NamedTuple):
    """Product and technology vectors of n firms, (n, e) and (n, d)."""

    P: Array
    T: Array


class Half(NamedTuple):
    """Vectors of half of each firm's texts, both (n, d), and which firms could be halved."""

    P: Array
    T: Array
    halved: npt.NDArray[np.bool_]


class Representations:
    """Vectors of n firms, each made when it is first asked for.

    Parameters
    ----------
    texts
        Of the firms.
    encoder
        Of whole texts.
    languages
        Word vectors and tokenizers, by code.
    """

    def __init__(self, texts: FirmTexts, encoder: KeptTexts, languages: dict[str, Language]) -> None:
        self.texts, self._languages = texts, languages
        self._words: Sides | None = None
        self._phrases = _Bags(texts.phrases, encoder, "phrases")
        self._patents = {"titles": _Bags(texts.titles, encoder, "titles")}
        if texts.has_abstracts:
            self._patents["titles and abstracts"] = _Bags(texts.patents, encoder, "patents")
        self._whole = unit_vectors(encoder.encode(texts.whole, "whole texts").astype(np.float64))

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def patent_parts(self) -> tuple[str, ...]:
        """What of a patent can be encoded."""
        return (*self._patents, "both") if len(self._patents) > 1 else tuple(self._patents)

    @property
    def one_language(self) -> bool:
        """Whether products and patents are written in the same."""
        return self.texts.language == self.texts.patent_language

    def words(self) -> Sides:
        """Mean vectors of the words of products, each once, and of patents, with repeats: `vectors=words`."""
        if self._words is None:
            products = [" \n".join(phrases) for phrases in self.texts.phrases]
            patents = [" \n".join(own) for own in self.texts.patents]
            self._words = Sides(
                _word_means(products, self._languages[self.texts.language], once=True),
                _word_means(patents, self._languages[self.texts.patent_language], once=False),
            )
        return self._words

    def characters(self, train: Rows) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """TF-IDF of 1 to 3 characters of product texts and patents, weights from the training firms."""
        products = [" ".join(phrases) for phrases in self.texts.phrases]
        patents = [" ".join(own) for own in self.texts.patents]
        model = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        model.fit([side[row] for side in (products, patents) for row in train])
        return model.transform(products), model.transform(patents)

    def sides(self, of_products: str, of_patents: str, train: Rows) -> Sides:
        """Vectors of whole texts; ``train`` are the firms whose phrases say which are rare."""
        return Sides(self._products(of_products, train), self._technology(of_patents))

    def halves(self, of_products: str, train: Rows, seed: int, half: int) -> Half:
        """Vectors of every second phrase and title in a random order: 0 or 1."""
        P, many = self._phrases.half(self._phrase_weights(of_products, train), seed, half)
        titles = self._patents["titles"]
        T, of_titles = titles.half(np.ones(len(titles.distinct)), seed, half)
        return Half(P, T, many & of_titles)

    def _products(self, of_products: str, train: Rows) -> Array:
        if of_products == "whole text":
            return self._whole
        means = self._phrases.means(self._phrase_weights(of_products, train))
        return means if "whole" not in of_products else unit_vectors(means) + self._whole

    def _technology(self, of_patents: str) -> Array:
        if of_patents == "both":
            return np.sum(
                [bags.means(np.ones(len(bags.distinct))) for bags in self._patents.values()], axis=0
            )
        bags = self._patents[of_patents]
        return bags.means(np.ones(len(bags.distinct)))

    def _phrase_weights(self, of_products: str, train: Rows) -> Array:
        if "rare" not in of_products:
            return np.ones(len(self._phrases.distinct))
        return self._phrases.rarity(train)


class _Bags:
    """Texts of n firms, several each: encoded once, and averaged by weights."""

    def __init__(self, of_firms: Sequence[Sequence[str]], encoder: KeptTexts, description: str) -> None:
        self.distinct = list(dict.fromkeys(text for texts in of_firms for text in texts if text))
        number = {text: place for place, text in enumerate(self.distinct)}
        self.numbers = [np.array([number[text] for text in texts if text]) for texts in of_firms]
        self.vectors = unit_vectors(encoder.encode(self.distinct, f"encoding {description}"))
        self._kept: tuple[bytes, Array] | None = None

    def means(self, weights: Array) -> Array:
        """Weighted means of each firm's texts, (n, d)."""
        return np.stack([_mean(self.vectors, numbers, weights) for numbers in self.numbers])

    def half(self, weights: Array, seed: int, half: int) -> tuple[Array, npt.NDArray[np.bool_]]:
        """The same of a half; zeros for a firm with one text, and which firms have more."""
        found = np.zeros((len(self.numbers), self.vectors.shape[1]))
        many = np.array([len(numbers) > 1 for numbers in self.numbers])
        for firm in np.flatnonzero(many):
            order = np.random.default_rng([seed, int(firm)]).permutation(self.numbers[firm])
            found[firm] = _mean(self.vectors, order[half::2], weights)
        return found, many

    def rarity(self, train: Rows) -> Array:
        """Weight of each distinct text, 1 / (1 + frequency / median): SIF with a frequency of meanings, not of words.

        The frequency is the density of the training firms' texts around it in the encoder's space.
        """
        key = train.tobytes()
        if self._kept is None or self._kept[0] != key:
            of_training = np.concatenate([self.numbers[firm] for firm in train])
            rng = np.random.default_rng(0)
            reference = self.vectors[
                rng.choice(of_training, min(N_REFERENCE, len(of_training)), replace=False)
            ]
            parts = np.array_split(np.arange(len(self.distinct)), max(len(self.distinct) // 2000, 1))
            near = [np.exp((self.vectors[part] @ reference.T - 1) / WIDTH).mean(axis=1) for part in parts]
            density = np.concatenate(near).astype(np.float64)
            self._kept = key, 1 / (1 + density / np.median(density))
        return self._kept[1]


def _mean(vectors: npt.NDArray[np.floating], numbers: Rows, weights: Array) -> Array:
    of_texts = weights[numbers]
    return np.asarray(of_texts / of_texts.sum() @ vectors[numbers].astype(np.float64))


def _word_means(texts: Sequence[str], language: Language, once: bool) -> Array:
    encoded = encode_texts(texts, language, description="reading words")
    counts = encoded.counts().astype(np.float64)
    if once:
        counts.data[:] = 1.0
    sums = counts @ unit_vectors(encoded.vectors).astype(np.float64)
    return np.asarray(sums / np.maximum(np.asarray(counts.sum(axis=1)), 1))
