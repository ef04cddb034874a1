"""Dictionaries of several kinds, chosen by ``lexicon.kind``: files of one's own, and packages of the index."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from ipml.alignment.lexicons.cedict import read_cedict
from ipml.alignment.lexicons.jmdict import read_jmdict
from ipml.alignment.lexicons.lexicon import Lexicon, lexicon_of, read_lexicon, read_muse
from ipml.errors import InputError
from ipml.settings import Lexicon as LexiconSettings
from ipml.text.normalisation import normalise

_THOUSAND = 1000


def thousandth(word: str) -> int:
    """Place of a source word, 0 to 999; all its translations are there.

    Examples
    --------
    >>> thousandth("犬")
    881
    """
    return int(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()[:8], 16) % _THOUSAND


def sources_in(words: Iterable[str], bounds: Sequence[int], key: str) -> set[str]:
    """Words whose thousandth is ``bounds[0]`` or more and below ``bounds[1]``.

    Raises
    ------
    InputError
        If the bounds are not two whole numbers from 0 to 1000, the first below the second.
    """
    whole = all(type(bound) is int for bound in bounds)
    if len(bounds) != 2 or not whole or not 0 <= bounds[0] < bounds[1] <= _THOUSAND:
        raise InputError(f"{key}={list(bounds)}: thousandths are needed, as [420,1000]; 0 to 1000, rising")
    return {word for word in words if bounds[0] <= thousandth(word) < bounds[1]}


# Source language of each package, and what reads it with the ranks of the senses.
PACKAGES: dict[str, tuple[str, Callable[[], Mapping[tuple[str, str], int]]]] = {
    "jmdict": ("ja", read_jmdict),
    "cedict": ("zh", read_cedict),
}
PARTS = ("train", "test")


def open_lexicon(settings: LexiconSettings, part: str, language: str) -> Lexicon:
    """Read the training or the test part of the dictionary that the configuration group ``lexicon`` names.

    Parameters
    ----------
    settings
        ``train`` and ``test`` are each a file, or for a package the thousandths of its source words as ``[from, to]``.
        A file beside a package is ``tsv``.
    part
        ``train`` or ``test``.
    language
        Source language, for example ``ja``.

    Raises
    ------
    InputError
        If the part is not given, the file or package cannot be read or is of another language.
    """
    kind, value, max_sense = settings.kind, getattr(settings, part), settings.max_sense
    key = f"lexicon.{part}"
    if value is None:
        raise InputError(f"{key}: a dictionary is needed, as {key}=FILE.tsv")
    if isinstance(value, str):
        return read_muse(value, key) if kind == "muse" else read_lexicon(value, max_sense, key)
    if kind not in PACKAGES:
        raise InputError(f"{key}={value}: kind={kind} needs the name of a file")
    source_language, read = PACKAGES[kind]
    if language != source_language:
        raise InputError(f"lexicon={kind}: a dictionary of {source_language}, but language={language}")
    ranks = _ranks(read)
    bounds = list(value)
    chosen = sources_in({source for source, _ in ranks}, bounds, key)
    pairs = [
        pair for pair, rank in ranks.items() if pair[0] in chosen and (max_sense is None or rank <= max_sense)
    ]
    if not pairs:
        raise InputError(f"{key}={bounds}: no word pair of {kind} is in this part")
    return lexicon_of(pairs, key)


@cache
def _ranks(read: Callable[[], Mapping[tuple[str, str], int]]) -> Mapping[tuple[str, str], int]:
    """Read a package's dictionary once: its parts are opened one after the other.

    Words are written in one way before they are divided, so that none is in two parts.
    """
    ranks: dict[tuple[str, str], int] = {}
    for (source, target), rank in read().items():
        pair = normalise(source), normalise(target)
        ranks[pair] = min(rank, ranks.get(pair, rank))
    return ranks
