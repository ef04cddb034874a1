"""One way to write what can be written in several: for texts, dictionaries and word vectors of every language.

The same word comes in full-width or half-width letters, as a ligature, with accents as characters of their own, or with
invisible characters in it, depending on the program that made the page. A tokenizer that reads one of these ways only
loses the words of some firms, and of some countries more than of others.
"""

import re
import unicodedata
from collections.abc import Sequence

NORMALISATION = "nfkc-1"  # of fingerprints: its number goes up when the rule changes

# Characters that are not seen where they are not supported, as the inside of a class of a regular expression, by
# Unicode's Default_Ignorable_Code_Point: soft hyphens, joiners, zero-width spaces, marks of direction, variation
# selectors, tags, fillers.
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{IGNORABLE}]")
# What NFKC leaves: ends of lines, the hyphen that is not the keyboard's (also of U+2011), and the radicals of the
# supplement that PDF files give for whole characters (Unicode's EquivalentUnifiedIdeograph).
_OTHERWISE = str.maketrans(
    {
        **dict.fromkeys("\u2028\u2029\u0085\u000b\u000c", " "),
        "\u2010": "-",
        **dict(zip("⺠⻁⻄⻅⻆⻑⻓⻘⻝⻤⻩⻫⻭⻯⻲", "民虎西见角長长青食鬼黄斉歯竜亀", strict=True)),
    }
)


def normalise(text: str) -> str:
    """Write a text in the one way that tokenizers, dictionaries and word vectors read.

    Unicode's NFKC (full-width letters, half-width katakana, Kangxi radicals, ligatures, decomposed accents), without
    invisible characters, with blanks for U+2028 and its like. Doing it twice changes nothing.

    Examples
    --------
    >>> normalise("Ｏｉｌ‐ｆｒｅｅ com\u00adpressors"), normalise("ﾎﾟﾝﾌﾟ")
    ('Oil-free compressors', 'ポンプ')
    """
    if text.isascii() and "\x0b" not in text and "\x0c" not in text:
        return text
    # Without invisible characters first: one between a letter and its accent would keep them apart.
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_OTHERWISE)


def normalise_all(words: Sequence[str]) -> list[str]:
    """Normalise words without line breaks, together: many times faster than one by one."""
    together = normalise("\n".join(words)).split("\n") if words else []
    return together if len(together) == len(words) else [normalise(word) for word in words]
