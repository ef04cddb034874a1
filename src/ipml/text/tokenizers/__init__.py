"""Tokenizers, chosen by plain settings such as ``{"kind": "sudachi", "mode": "C"}``."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from ipml.text.kinds import make_kind


class Tokenizer(Protocol):
    """Cuts texts into words."""

    @property
    def fingerprint(self) -> str:
        """Name, options and version of everything that decides where a text is cut."""

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""


def make_tokenizer(settings: Mapping[str, Any]) -> Tokenizer:
    """Make the tokenizer that ``settings["kind"]`` names, with the other settings as its options."""
    from ipml.text.tokenizers.jieba import Jieba
    from ipml.text.tokenizers.latin import Latin
    from ipml.text.tokenizers.sudachi import Sudachi
    from ipml.text.tokenizers.whitespace import Whitespace

    kinds: dict[str, type[Tokenizer]] = {
        "whitespace": Whitespace,
        "latin": Latin,
        "sudachi": Sudachi,
        "jieba": Jieba,
    }
    return make_kind("tokenizer", settings, kinds)
