"""Values of overrides that are names or paths are text, whatever they look like: they are put in quotes for Hydra.

Hydra reads ``firm=2024_001`` as the number 2024001 and ``namespace=1.10`` as 1.1, and refuses paths with Japanese
letters. Which keys are text, the types of the settings say.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString

from ipml.commands import COMMANDS, TRAININGS, load
from ipml.overrides import CONFIG_ERRORS, is_config_group
from ipml.settings.fields import is_text, may_be_null, type_at

_OVERRIDE = re.compile(r"(\+{0,2})([\w@./:$-]+)=(.*)", re.DOTALL)
_OPEN = {"[": "]", "{": "}"}
_SEARCH_PATH = "hydra.searchpath"


def with_text_in_quotes(command: str, overrides: Sequence[str], several: bool = False) -> list[str]:
    """Overrides whose text Hydra reads as text; those that it reads as they are meant stay as they are.

    A value in quotes, and one that begins with a bracket where a list may stand, is left to Hydra.

    Parameters
    ----------
    command
        Whose settings say which keys are text.
    overrides
        As `ipml.overrides.translate` gives them.
    several
        Whether a key may take several values in turn, as with ``-m``.
    """
    kinds = _kinds(command)
    return [_with_text(kinds, override, several) for override in overrides]


def takes_text(command: str, key: str) -> bool:
    """Whether a key of a command is text, whatever it looks like."""
    types = _types(_kinds(command), key.split("."))
    return bool(types) and all(map(is_text, types))


def _kinds(command: str) -> list[Any]:
    stages = TRAININGS.values() if command == "train" else [COMMANDS[command]]
    return [load(stage.settings) for stage in stages]


def _with_text(kinds: Sequence[Any], override: str, several: bool) -> str:
    match = _OVERRIDE.fullmatch(override)
    if match is None:
        return override
    added, key, value = match.groups()
    if key == _SEARCH_PATH:
        types: list[Any] = [list[str]]
    elif is_config_group(key):
        types = [str | None]
    else:
        types = _types(kinds, key.split("."))
        if not types and key.startswith("study."):  # a key of the study's own, which its overrides refer to
            types = [str | None]
    words = [value]
    if several:
        parsed = _parsed(value)
        if parsed is not None and parsed.is_sweep_override():
            if not parsed.is_choice_sweep() or value.lstrip().startswith("choice("):
                return override
            words = list(_parts(value))
    return f"{added}{key}={','.join(_readable(word, types) for word in words)}"


def _readable(value: str, kinds: Sequence[Any]) -> str:
    """A value that Hydra reads as its types mean it; no types: as far as it can be read."""
    word = value.strip()
    closes = _OPEN.get(word[:1])
    if closes is not None and word.endswith(closes):
        inner = _parts(word[1:-1])
        if word[0] == "[":
            return (
                f"[{','.join(_readable(part, _types(kinds, [0])) for part in inner)}]"
                if word[1:-1].strip()
                else word
            )
        return f"{{{','.join(_pair(part, kinds) for part in inner)}}}"
    if not word or closes is not None or word[0] in "'\"":
        return value
    if kinds and all(map(is_text, kinds)):
        if word.lower() == "null" and any(map(may_be_null, kinds)):
            return value
        parsed = _parsed(word)
        is_read = parsed is not None and isinstance(parsed.value(), str)
    else:
        is_read = _parsed(word) is not None
    return value if is_read else QuotedString(word, Quote.double).with_quotes()


def _pair(part: str, kinds: Sequence[Any]) -> str:
    name, given, value = part.partition(":")
    return f"{name}:{_readable(value, _types(kinds, [name.strip()]))}" if given else part


def _types(kinds: Sequence[Any], keys: Sequence[str | int]) -> list[Any]:
    return [found for found in (type_at(kind, keys) for kind in kinds) if found is not None]


def _parsed(value: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(f"key={value}")
    except CONFIG_ERRORS:
        return None


def _parts(text: str) -> Iterator[str]:
    """Parts of a text between its commas, those in brackets and in quotes left alone."""
    start, depth, quote = 0, 0, ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[place - 1] != "\\" else quote
        elif letter in "'\"" and not text[start:place].split(":")[-1].strip(" [{"):
            quote = letter
        elif letter in "[{(":
            depth += 1
        elif letter in "]})":
            depth -= 1
        elif letter == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]
