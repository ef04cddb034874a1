"""Word vectors, chosen by plain settings such as ``{"kind": "table", "path": "…"}``."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ipml.text.kinds import make_kind


class WordVectors(Protocol):
    """Vectors of words."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Hash of the vectors, or name and version of the package they come from."""

    @property
    def words(self) -> Sequence[str] | None:
        """All words, in the table's order; None for an encoder, which has a vector for any word."""

    def select(self, words: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Look words up: which of the n are known, shape (n,), and the vectors of those, in order."""


# Class or function that opens each kind, as module:name.
KINDS = {
    "table": "ipml.text.embeddings.table:open_table",
    "text": "ipml.text.embeddings.text_file:open_text_file",
    "fasttext": "ipml.text.embeddings.fasttext_file:open_fasttext",
    "word2vec": "ipml.text.embeddings.word2vec_file:open_word2vec_file",
    "npy": "ipml.text.embeddings.array_file:open_array_file",
    "glove": "ipml.text.embeddings.glove:open_glove",
    "chive": "ipml.text.embeddings.chive:open_chive",
    "encoder": "ipml.text.embeddings.encoder:SentenceEncoder",
}


def open_word_vectors(settings: Mapping[str, Any]) -> WordVectors:
    """Open the vectors that ``settings["kind"]`` names, with the other settings as its options."""
    return make_kind("vectors", settings, KINDS)
