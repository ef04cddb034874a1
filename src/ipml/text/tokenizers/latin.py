"""Words of languages written with spaces, in lower case: what GloVe 6B and many fastText tables hold."""

import re
from collections.abc import Iterable, Iterator

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
