"""Dictionaries in the text format of MUSE (Conneau et al., ICLR 2018): ``source target``, a pair a line."""

from pathlib import Path

from ipml.alignment.lexicon import Lexicon, lexicon_of, read_lines
from ipml.errors import InputError


def read_muse(path: str | Path, key: str = "lexicon") -> Lexicon:
    """Read a dictionary of words between which one blank or tab stands.

    UTF-8, plain or gzip. The format has no ranks of senses.

    Parameters
    ----------
    key
        Configuration key that gave the path, for messages.

    Raises
    ------
    InputError
        If the file is missing or empty or a line is not two words; the message names file and line.
    """
    pairs: dict[tuple[str, str], None] = {}
    for number, line in read_lines(path, key):
        words = line.replace("\t", " ").split(" ")
        if len(words) != 2 or not all(word.strip() for word in words):
            raise InputError(
                f"{path}, line {number}: {line[:60]!r}; needed: source, one blank or tab, target"
            )
        pairs[words[0], words[1]] = None
    return lexicon_of(pairs, f"{key}={path}")
