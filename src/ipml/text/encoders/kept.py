"""What an encoder has made of texts, kept by their contents: encoding is the cost, and no text is encoded twice.

A folder for each encoder, named after its fingerprint, holds files of a few hundred texts: the SHA-256 of each text as
it was encoded (first 16 bytes), its vector, and the SHA-256 of both. A file is written under another name and renamed,
so two processes may encode the same at once, and one that is killed leaves what it had finished. A file that is not
whole is removed with a line, and its texts are encoded again.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ipml.console import console, progress, without_progress
from ipml.files import atomic_path, safe_file_name, short_hash
from ipml.text.encoders import TextEncoder, Vectors

_KEYS, _VECTORS, _CHECK = "keys", "vectors", "sha256"
_ENDING = ".safetensors"
_BATCH = 256  # texts a file: some seconds of work, which is what a kill loses


class KeptTexts:
    """An encoder that reads from its cache what it has encoded before.

    Parameters
    ----------
    encoder
        Encodes what is not there.
    cache
        Folder for all encoders.
    """

    def __init__(self, encoder: TextEncoder, cache: str) -> None:
        self.fingerprint, self.dimension = encoder.fingerprint, encoder.dimension
        self.folder = Path(cache) / safe_file_name(encoder.fingerprint)
        self._encoder = encoder
        self._rows: dict[bytes, tuple[int, int]] = {}
        self._blocks: list[Vectors] = []
        self._read: set[str] = set()

    def encode(self, texts: Sequence[str], description: str = "encoding texts") -> Vectors:
        """Encode n texts, (n, d): each distinct one once, if it is not there yet."""
        keys = [text_key(text) for text in texts]
        self._read_files()
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        if new:
            self._encode_new(list(new), list(new.values()), description)
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            block, place = self._rows[key]
            vectors[row] = self._blocks[block][place]
        return vectors

    def _encode_new(self, keys: list[bytes], texts: list[str], description: str) -> None:
        with progress(description, len(texts)) as step:
            for start in range(0, len(texts), _BATCH):
                batch = slice(start, start + _BATCH)
                with without_progress():
                    vectors = self._encoder.encode(texts[batch], description)
                self._write(keys[batch], vectors)
                self._add(keys[batch], vectors)
                step.advance(len(vectors))

    def _write(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        of_keys = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        check = np.frombuffer(_check(of_keys, vectors), dtype=np.uint8)
        tensors: dict[str, npt.NDArray[Any]] = {_KEYS: of_keys, _VECTORS: vectors, _CHECK: check}
        path = self.folder / f"{short_hash(*keys)}{_ENDING}"
        with atomic_path(path) as temporary:
            temporary.write_bytes(save(tensors))
        self._read.add(path.name)

    def _read_files(self) -> None:
        for path in sorted(self.folder.glob(f"[!.]*{_ENDING}")):
            if path.name in self._read:
                continue
            self._read.add(path.name)
            found = read_file(path, self.dimension)
            if found is None:
                console.print(
                    f"{path}: not what was written; removed, and its texts are encoded again",
                    highlight=False,
                    soft_wrap=True,
                )
                path.unlink(missing_ok=True)
            else:
                self._add(*found)

    def _add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        block = len(self._blocks)
        self._blocks.append(vectors)
        self._rows.update((key, (block, place)) for place, key in enumerate(keys))


def text_key(text: str) -> bytes:
    """First 16 bytes of the SHA-256 of a text; a lone surrogate counts as the replacement it is encoded as."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]


def read_file(path: Path, dimension: int) -> tuple[list[bytes], Vectors] | None:
    """Keys of n texts and their vectors (n, dimension); None for a file that is not what was written."""
    try:
        tensors = load(path.read_bytes())
        keys, vectors, check = tensors[_KEYS], tensors[_VECTORS], tensors[_CHECK]
    except (OSError, SafetensorError, KeyError):
        return None
    whole = vectors.dtype == np.float32 and vectors.shape == (len(keys), dimension)
    if not whole or check.tobytes() != _check(keys, vectors):
        return None
    return [key.tobytes() for key in keys], vectors


def _check(keys: npt.NDArray[np.uint8], vectors: Vectors) -> bytes:
    return hashlib.sha256(keys.tobytes() + vectors.tobytes()).digest()
