"""Encoders of whole texts, and the cache of what they have encoded. A word is to them a short text."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ipml.console import progress

Vectors = npt.NDArray[np.float32]
_BATCH = 256


class TextEncoder:
    """An encoder of texts, as a package brings it; texts of all languages that it reads come to lie in one space.

    Attributes
    ----------
    fingerprint
        Hash of the weights, or name and version of the package they come from.
    dimension
        Length d of a vector.
    """

    def __init__(self, fingerprint: str, dimension: int, encode: Callable[[Sequence[str]], Any]) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self._encode = encode

    def encode(self, texts: Sequence[str], description: str = "encoding texts") -> Vectors:
        """Encode n texts, (n, d)."""
        batches = [np.zeros((0, self.dimension), dtype=np.float32)]
        with progress(description, len(texts)) as step:
            for start in range(0, len(texts), _BATCH):
                # A lone surrogate is no character: the encoders refuse it.
                batch = [t.encode("utf-8", "replace").decode() for t in texts[start : start + _BATCH]]
                batches.append(np.asarray(self._encode(batch), dtype=np.float32))
                step.advance(len(batch))
        return np.concatenate(batches)
