"""Word vectors of Google's multilingual Universal Sentence Encoder (Yang et al., ACL 2020), one word a text.

Japanese, Chinese and English words come to lie in one space of 512 dimensions without an alignment.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.console import progress
from ipml.files import short_hash
from ipml.text.embeddings.table import DESCRIPTION, open_table, write_table
from ipml.text.encoders.universal import DIMENSION, open_model, universal_fingerprint
from ipml.text.normalisation import normalise_all

# Words encoded at a time and kept on disk together; fewer than the second figure are not worth a file.
_BATCH, _WORTH_KEEPING = 4096, 16


class SentenceEncoder:
    """Vectors for any word of any language: encoded when first asked for, then kept in the cache.

    Parameters
    ----------
    cache
        Folder for the vectors of words that have been encoded, so that a second run need not do it again.

    Raises
    ------
    InputError
        If the package is missing.
    """

    words: Sequence[str] | None = None
    dimension = DIMENSION

    def __init__(self, cache: str) -> None:
        self.fingerprint = universal_fingerprint("embeddings encoder")
        self._folder = Path(cache) / self.fingerprint
        self._model: Any = None
        self._blocks: list[npt.NDArray[np.float32]] = []
        self._place: dict[str, tuple[int, int]] = {}
        for description in sorted(self._folder.glob(f"[!.]*/{DESCRIPTION}")):
            table = open_table(str(description.parent))
            self._add(words := list(table.rows), table.select(words)[1])

    def select(self, words: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
        """Encode n words: all of them are known, shape (n,), and their vectors have length 1, in order."""
        words = normalise_all(words)
        new = [word for word in dict.fromkeys(words) if word not in self._place]
        if new:
            self._encode(new)
        places = np.array([self._place[word] for word in words], dtype=np.int64).reshape(-1, 2)
        vectors = np.empty((len(words), self.dimension), dtype=np.float32)
        for block in np.unique(places[:, 0]):
            of_block = places[:, 0] == block
            vectors[of_block] = self._blocks[block][places[of_block, 1]]
        return np.ones(len(words), dtype=np.bool_), vectors

    def _encode(self, words: Sequence[str]) -> None:
        if self._model is None:
            self._model = open_model()
        with progress("encoding words", len(words)) as step:
            for start in range(0, len(words), _BATCH):
                batch = words[start : start + _BATCH]
                # A lone surrogate is no character: the encoder and the file both refuse it.
                texts = [word.encode("utf-8", "replace").decode() for word in batch]
                vectors = self._model.encode(texts)
                if (
                    len(batch) >= _WORTH_KEEPING
                    and not any("\n" in word for word in batch)
                    and texts == batch
                ):
                    folder = self._folder / short_hash(*batch)
                    write_table(folder, batch, vectors, self.fingerprint)
                self._add(batch, vectors)
                step.advance(len(batch))

    def _add(self, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        block = len(self._blocks)
        self._blocks.append(vectors)
        self._place.update((word, (block, row)) for row, word in enumerate(words))
