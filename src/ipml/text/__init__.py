"""Tokenizers, word vectors and texts as rows of word numbers. Knows no stage."""

from ipml.text.encoding import EncodedTexts, encode_texts
from ipml.text.languages import Language, open_language

__all__ = ["EncodedTexts", "Language", "encode_texts", "open_language"]
