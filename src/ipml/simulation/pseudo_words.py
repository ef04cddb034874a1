"""Invented words in the scripts of the three languages."""

import numpy as np

_LATIN_ONSETS = [
    *"bcdfghjklmnprstvwz",
    "br",
    "ch",
    "cl",
    "dr",
    "fl",
    "gr",
    "kl",
    "pl",
    "pr",
    "sh",
    "sl",
    "sp",
    "st",
    "tr",
]
_LATIN_VOWELS = [*"aeiou", "ai", "ea", "io", "ou"]
_LATIN_CODAS = ["", "", "", "", *"lmnrstx", "nd", "rt", "ck"]
_LATIN = [o + v + c for o in _LATIN_ONSETS for v in _LATIN_VOWELS for c in _LATIN_CODAS]
_KATAKANA = list(
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワガギグゲゴザジズゼゾダデドバビブベボパピプペポ"
)
_KATAKANA += ["ン", "ー"]
# The 3,755 Han characters of GB 2312 level 1, the commonest ones.
_HAN = [
    character
    for row in range(0xB0, 0xD8)
    for character in bytes(
        b for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA) for b in (row, cell)
    ).decode("gb2312")
]

# Syllables of each script and the lengths of words in syllables.
_SCRIPTS = {"en": (_LATIN, (2, 3)), "ja": (_KATAKANA, (3, 4, 5)), "zh": (_HAN, (2, 3))}


def invent_words(language: str, count: int, rng: np.random.Generator) -> list[str]:
    """Invent distinct words.

    Parameters
    ----------
    language
        ``en``: Latin letters; ``ja``: katakana; ``zh``: Han characters.
    count
        Number of words.
    """
    syllables, lengths = _SCRIPTS[language]
    words: dict[str, None] = {}
    while len(words) < count:
        size = rng.choice(lengths, size=count)
        picks = rng.integers(len(syllables), size=(count, max(lengths)))
        for n, row in zip(size, picks, strict=True):
            word = "".join(syllables[pick] for pick in row[:n])
            if word[0] not in "ンー":
                words[word] = None
    return list(words)[:count]
