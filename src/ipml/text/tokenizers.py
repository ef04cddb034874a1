"""Tokenizers, chosen by plain settings such as ``{"kind": "sudachi", "mode": "C"}``."""

import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from ipml.errors import choice_error
from ipml.text.kinds import make_kind, package_version
from ipml.text.normalisation import NORMALISATION, normalise


class Tokenizer(Protocol):
    """Cuts texts into words."""

    @property
    def fingerprint(self) -> str:
        """Name, options and version of everything that decides where a text is cut."""

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""


# Class of each kind, as module:name.
KINDS = {
    "whitespace": "ipml.text.tokenizers:Whitespace",
    "latin": "ipml.text.tokenizers:Latin",
    "sudachi": "ipml.text.tokenizers:Sudachi",
    "jieba": "ipml.text.tokenizers:Jieba",
}


def make_tokenizer(settings: Mapping[str, Any]) -> Tokenizer:
    """Make the tokenizer that ``settings["kind"]`` names, with the other settings as its options.

    Whatever it is, it gets texts that are written in one way (`normalise`).
    """
    return Normalised(make_kind("tokenizer", settings, KINDS))


class Normalised:
    """A tokenizer that cuts texts after they have been brought into one way of writing."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.fingerprint = f"{tokenizer.fingerprint} {NORMALISATION}"

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return self._tokenizer.tokenize(map(normalise, texts))


class Whitespace:
    """Cuts at white space and nowhere else."""

    fingerprint = "whitespace"

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return (text.split() for text in texts)


# Letters of any script without digits; a hyphen counts between letters only.
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Latin:
    """Cuts runs of letters, in lower case, and keeps a hyphen inside a word.

    Examples
    --------
    >>> next(Latin().tokenize(["Oil-free scroll compressors, 2.5 kW"]))
    ['oil-free', 'scroll', 'compressors', 'kw']
    """

    fingerprint = "latin"

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return (_WORD.findall(text.lower()) for text in texts)


MODES = ("A", "B", "C")
FORMS = ("surface", "normalized", "dictionary")
# Sudachi takes 49,149 bytes of text, and 65,535 after its own normalisation, which can lengthen it: one
# Arabic ligature becomes 33 bytes. No character becomes more, so 1,900 of them always fit.
_SUDACHI_PIECE = 1_900


class Sudachi:
    """Cuts Japanese; white space and punctuation are left out.

    Parameters
    ----------
    mode
        ``A`` short units, ``B`` middle, ``C`` named entities and compounds as one word.
    form
        ``surface`` as written, ``normalized`` with spelling variants joined (what chiVe holds),
        ``dictionary`` with inflection undone.

    Raises
    ------
    InputError
        If an option is not a choice or the packages are missing.
    """

    def __init__(self, mode: str = "C", form: str = "normalized") -> None:
        if mode not in MODES:
            raise choice_error("tokenizer.mode", mode, MODES)
        if form not in FORMS:
            raise choice_error("tokenizer.form", form, FORMS)
        needed = ("tokenizer sudachi", "pip install 'ipml[ja]'")
        versions = [package_version(name, *needed) for name in ("sudachipy", "sudachidict-core")]
        self.fingerprint = f"sudachi-{mode}-{form}-{versions[0]}-core-{versions[1]}"

        from sudachipy import Dictionary

        dictionary = Dictionary(dict="core")
        # Without the normalised form it would also cut numbers differently.
        fields = {"surface", "pos", "normalized_form"} | (
            {"dictionary_form"} if form == "dictionary" else set()
        )
        self._segmenter = dictionary.tokenizer(mode=mode, fields=fields, projection=form)
        self._is_mark = dictionary.pos_matcher([("補助記号",), ("空白",)])

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return (self._words(text) for text in texts)

    def _words(self, text: str) -> list[str]:
        # A lone surrogate is no character, and Sudachi refuses the whole text for one.
        text = text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
        return [
            morpheme.surface()
            for piece in pieces(text, _SUDACHI_PIECE)
            for morpheme in self._segmenter.tokenize(piece)
            if not self._is_mark(morpheme)
        ]


# jieba's search for new words takes time quadratic in a run of unknown characters.
_JIEBA_PIECE = 1_000


class Jieba:
    """Cuts Chinese; tokens without a letter or digit are left out. Latin letters are put in lower case.

    Raises
    ------
    InputError
        If the package is missing.
    """

    def __init__(self) -> None:
        version = package_version("jieba", "tokenizer jieba", "pip install 'ipml[zh]'")
        self.fingerprint = f"jieba-{version}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its import of pkg_resources and its regular expressions
            import jieba
        jieba.setLogLevel(logging.WARNING)
        self._segmenter = jieba.Tokenizer()
        # What its own start does, without the dictionary as a marshal file in the shared temporary folder,
        # where anybody could have put one.
        self._segmenter.FREQ, self._segmenter.total = self._segmenter.gen_pfdict(
            self._segmenter.get_dict_file()
        )
        self._segmenter.initialized = True

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the words of each text, in order."""
        return (self._words(text) for text in texts)

    def _words(self, text: str) -> list[str]:
        return [
            word
            for piece in pieces(text.lower(), _JIEBA_PIECE)
            for word in self._segmenter.lcut(piece)
            if any(map(str.isalnum, word))
        ]


_ENDS = "\n。！？!?．"


def pieces(text: str, limit: int) -> Iterator[str]:
    """Yield ``text`` in pieces of at most ``limit`` characters.

    A piece ends behind the last line break or full stop within the limit; a stretch without one is cut at
    the limit, which can cut a word in two.
    """
    start = 0
    while len(text) - start > limit:
        last = max(text.rfind(end, start, start + limit) for end in _ENDS)
        stop = last + 1 if last > start else start + limit
        yield text[start:stop]
        start = stop
    yield text[start:]
