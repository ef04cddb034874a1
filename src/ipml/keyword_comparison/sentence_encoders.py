"""Vectors of whole texts and of single words in one space, by which KeyBERT compares a word with its page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ipml.reach import Download
from ipml.text import Language, encode_texts
from ipml.text.encoders import TextEncoder, Vectors
from ipml.text.encoders.transformers import open_minilm, open_sentence_transformer
from ipml.text.encoders.universal import open_universal
from ipml.text.kinds import make_kind


class SentenceEncoder(Protocol):
    """Encodes texts and words; both have the same dimension d."""

    @property
    def fingerprint(self) -> str:
        """Hash of the weights, or name and version of the package they come from."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode n texts, (n, d)."""

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, each known to the language of the sites, (n, d)."""


def open_sentence_encoder(
    settings: Mapping[str, Any], language: Language, download: Download = False
) -> SentenceEncoder:
    """Open the encoder of the configuration group ``sentence_encoder``.

    Parameters
    ----------
    settings
        ``kind`` and its options.
    language
        Of the pages; ``word_vectors`` takes its vectors and tokenizer.
    download
        Whether a model that is not on this machine is fetched from the hub, and with the user's token.

    Raises
    ------
    InputError
        If the kind is not a choice, its package or model is missing, or it does not read the language.
    """
    kinds: dict[str, Callable[..., SentenceEncoder]] = {
        "word_vectors": lambda: MeanWordVectors(language),
        "sentence_transformers": lambda model: WordsAsTexts(open_sentence_transformer(model, download)),
        "minilm": lambda: WordsAsTexts(open_minilm(language.code)),
        "use": lambda: WordsAsTexts(open_universal("sentence_encoder use")),
    }
    return make_kind("sentence_encoder", settings, kinds)


class MeanWordVectors:
    """A text is the mean of its words' vectors; repeats count. Reads any words that have vectors."""

    def __init__(self, language: Language) -> None:
        self.fingerprint = f"mean of {language.vectors.fingerprint}"
        self._language = language

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Average the word vectors of n texts, (n, d); zeros for a text without a known word."""
        encoded = encode_texts(texts, self._language, description="encoding pages")
        lengths = np.maximum(encoded.lengths, 1).astype(np.float32)
        return np.asarray(encoded.counts() @ encoded.vectors / lengths[:, None], dtype=np.float32)

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, (n, d)."""
        return self._language.vectors.select(words)[1]


class WordsAsTexts:
    """An encoder of texts, to which a word is a short one."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.fingerprint = encoder.fingerprint
        self._encoder = encoder

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode n texts, (n, d)."""
        return self._encoder.encode(texts, "encoding pages")

    def encode_words(self, words: Sequence[str]) -> Vectors:
        """Encode n words, (n, d)."""
        return self._encoder.encode(words, "encoding words")
