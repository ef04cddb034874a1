"""Texts cut into phrases or sentences, names taken out of them, and long ones cut short."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

Unit = Literal["phrase", "sentence"]

# Where a list item, a clause or a sentence ends. A Latin mark does so before a blank alone: 2.5 kW, 1,000 and
# 3D/CAD stay whole.
_SENTENCE_ENDS = re.compile(r"[。！？\n\t■◆●▪•‣►▶★※]+|[.!?…]+(?=\s|$)| {2,}")
_PHRASE_ENDS = re.compile(
    r"[。！？、，；：\n\t■◆●▪•‣►▶★※|｜]+|[.!?…,;:]+(?=\s|$)|・(?=\s)|\s[-–—/](?=\s)| {2,}"
)
# Edges that are no word: closing and opening brackets stay, as they may hold the name of a kind.
_EDGES = " \u3000\"'“”‘’*·・-–—_~/\\"
# Word characters of scripts that put blanks between words; kana, Han and Hangul may touch another word.
_SPACED = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_SPACED_CHARACTER = re.compile(_SPACED)


def units(text: str, unit: Unit, limit: int) -> Iterator[str]:
    """Yield the phrases or sentences of a text that is written in one way (`normalise`), in order.

    Parameters
    ----------
    unit
        ``phrase``: what stands between commas, semicolons, colons, bullets and whatever ends a sentence;
        ``sentence``: what stands between the latter, and bullets and line breaks.
    limit
        Most characters; a longer one comes in pieces that are cut at the last blank within it, or at the limit.

    Examples
    --------
    >>> list(units("泵、压缩机，及2.5 kW电机。", "phrase", 80)), list(units("Pumps, valves. 2.5 kW", "sentence", 80))
    (['泵', '压缩机', '及2.5 kW电机'], ['Pumps, valves', '2.5 kW'])
    """
    # NFKC has made commas and the like of Chinese texts Latin: there they end a phrase before any character.
    ends = _PHRASE_ENDS if unit == "phrase" else _SENTENCE_ENDS
    for part in ends.split(_with_han_marks(text)):
        yield from _pieces(part.strip(_EDGES), limit)


def shortened(text: str, limit: int) -> str:
    """Return the beginning of a text: up to the last end of a sentence within the limit if that keeps half of it."""
    if len(text) <= limit:
        return text
    ends = [match.end() for match in _SENTENCE_ENDS.finditer(_with_han_marks(text), 0, limit)]
    return text[: ends[-1]].rstrip() if ends and ends[-1] >= limit / 2 else text[:limit]


def without_names(text: str, names: re.Pattern[str] | None) -> str:
    """Take a firm's own names out of a text; what is left stays apart."""
    return text if names is None else names.sub(" ", text)


def names_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Pattern of a firm's own names, which must be written as the texts are; None without any.

    A name stands for itself in any case, as whole words in scripts with blanks between words. A single character is
    none: it is part of too many words.

    Examples
    --------
    >>> names_pattern(["acme", "日立"]).sub("", "Acme pumps of acmeists, 日立製品")
    ' pumps of acmeists, 製品'
    """
    found = {name for name in map(str.strip, names) if len(name) > 1}
    if not found:
        return None
    longest_first = sorted(found, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(_bounded, longest_first)), re.IGNORECASE)


def _bounded(name: str) -> str:
    before = rf"(?<!{_SPACED})" if _SPACED_CHARACTER.match(name[0]) else ""
    after = rf"(?!{_SPACED})" if _SPACED_CHARACTER.match(name[-1]) else ""
    return before + re.escape(name) + after


_HAN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_BESIDE_HAN = re.compile(
    rf"(?<=[{_HAN})])[,;:!?](?=\S)|(?<=\S)[,;:!?](?=[{_HAN}])|(?<=[{_HAN})])\.(?=[{_HAN}])"
)
_FULL_WIDTH = str.maketrans(",;:!?.", "，；：！？。")


def _with_han_marks(text: str) -> str:
    """Put the marks back that NFKC has made Latin, beside Chinese and Japanese characters; lengths stay."""
    return _BESIDE_HAN.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def _pieces(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        blank = text.rfind(" ", 1, limit + 1)
        stop = blank if blank > 0 else limit
        yield text[:stop]
        text = text[stop:].lstrip()
    if text:
        yield text
