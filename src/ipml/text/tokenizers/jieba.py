"""Chinese words by jieba, with its own dictionary."""

import logging
import warnings
from collections.abc import Iterable, Iterator

from ipml.text.packages import package_version
from ipml.text.tokenizers.pieces import pieces

# jieba's search for new words takes time quadratic in a run of unknown characters.
_PIECE = 1_000


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
            for piece in pieces(text.lower(), _PIECE)
            for word in self._segmenter.lcut(piece)
            if any(map(str.isalnum, word))
        ]
