"""English glosses of a dictionary, reduced to single words."""

import re

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_LEADING = re.compile(r"(?:to be|to|an?|the)\s+")
_WORD = re.compile(r"[a-z]{2,}(?:-[a-z]+)?")
# What is left of a gloss whose meaning was in brackets: "to (do)", "in (the) ...".
_FUNCTION_WORDS = set(
    "an and as at be by etc for in is it its nor not of on onto or that the this to with".split()  # noqa: SIM905
)


def single_word(gloss: str) -> str | None:
    """Reduce a gloss to one lower-case word, or None if it is more than a word, or a function word.

    Left out are text in brackets, a leading article or ``to``, and marks around the word; a hyphen may stand
    inside it.

    Examples
    --------
    >>> single_word("to (suddenly) Stop!"), single_word("the well-being"), single_word("to give up")
    ('stop', 'well-being', None)
    """
    before, rest = None, gloss
    while before != rest:  # brackets may stand in brackets
        before, rest = rest, _BRACKETS.sub(" ", rest)
    rest = rest.strip(" !?.,;:").lower()
    rest = _LEADING.sub("", rest, count=1).strip() if _LEADING.match(rest) else rest
    return rest if _WORD.fullmatch(rest) and rest not in _FUNCTION_WORDS else None
