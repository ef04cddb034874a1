"""Word vectors, chosen by plain settings such as ``{"kind": "table", "path": "…"}``."""

from collections.abc import Callable, Mapping, Sequence
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


def open_word_vectors(settings: Mapping[str, Any]) -> WordVectors:
    """Open the vectors that ``settings["kind"]`` names, with the other settings as its options."""
    from ipml.text.embeddings.array_file import open_array_file
    from ipml.text.embeddings.chive import open_chive
    from ipml.text.embeddings.encoder import SentenceEncoder
    from ipml.text.embeddings.fasttext_file import open_fasttext
    from ipml.text.embeddings.glove import open_glove
    from ipml.text.embeddings.table import open_table
    from ipml.text.embeddings.text_file import open_text_file
    from ipml.text.embeddings.word2vec_file import open_word2vec_file

    kinds: dict[str, Callable[..., WordVectors]] = {
        "table": open_table,
        "text": open_text_file,
        "fasttext": open_fasttext,
        "word2vec": open_word2vec_file,
        "npy": open_array_file,
        "glove": open_glove,
        "chive": open_chive,
        "encoder": SentenceEncoder,
    }
    return make_kind("vectors", settings, kinds)
