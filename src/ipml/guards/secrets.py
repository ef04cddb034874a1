"""Passwords and tokens: masked wherever something is written or printed, whatever way they came in.

A secret is told by where it stands (``scheme://user:SECRET@host``, ``password=SECRET``, a variable of the environment
such as ``HF_TOKEN``), and is masked from then on wherever it turns up. One that the configuration takes from elsewhere,
as ``${oc.env:NAME}``, is written as that again.
"""

import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote, unquote

from ipml.errors import InputError

MASK = "***"
_SHORTEST = 8  # characters of a secret that is masked as a word anywhere, and not only where a secret stands
_NAMES = (
    r"(?:password|passwd|passphrase|token|secret|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)"
)
_VARIABLE = re.compile(rf"(?i){_NAMES}$")
_KEY = re.compile(rf"(?i)(?:{_NAMES}|\bpwd)$")
# What is no secret but says where one is, or is masked already.
_ELSEWHERE = r"(?!\*\*\*|\$\{(?:oc\.env|key_file|given_secret):)"
# A port of http is no password.
_SCHEME = r"(?<![\w+.-])(?:(?!https?:)[a-zA-Z][\w+.-]*|https?(?!://[^\s/@'\"]*:\d{1,5}[/,;]))://"
# SQLAlchemy lets a password hold anything but an @, so it ends at the last one.
_ADDRESS = re.compile(
    rf"(?P<before>{_SCHEME}(?P<user>[^\s/?#'\"@:]*):){_ELSEWHERE}"
    rf"(?P<secret>(?:(?!://)[^\s'\"])+)(?P<after>@)(?=(?P<host>[^\s@/:'\"]*))"
)
# The same where blanks or quotes are in the password, and the text is nothing else.
_WHOLE_ADDRESS = re.compile(
    rf"(?P<before>{_SCHEME}(?P<user>[^/?#@:]*):){_ELSEWHERE}"
    r"(?P<secret>(?:(?!://).)+)(?P<after>@)(?=(?P<host>[^@/:]*))"
)
_USER = re.compile(rf"(?P<before>https?://){_ELSEWHERE}(?P<secret>[^\s/?#'\"@:]+)(?P<after>@)")
_VALUE = r"(?P<secret>'[^']+'|\"[^\"]+\"|[^\s'\"&;,)\]}]+)(?P<after>)"
_EQUALS = re.compile(rf"(?i)(?P<before>(?:{_NAMES}|\bpwd)=){_ELSEWHERE}{_VALUE}")
_QUERY = re.compile(rf"(?i)(?P<before>[?&](?:key|auth|pass|sig|signature|sas)=){_ELSEWHERE}{_VALUE}")
_QUOTED = re.compile(
    rf"(?i)(?P<before>{_NAMES}['\"]\s*:\s*['\"]){_ELSEWHERE}(?P<secret>[^'\"]+)(?P<after>['\"])"
)
_HEADER = re.compile(
    r"(?i)(?P<before>authorization['\"]?\s*[:=]\s*['\"]?(?:bearer|basic)\s+)(?P<secret>[\w.~+/=-]+)(?P<after>)"
)
_HUB = re.compile(r"(?P<before>\b)(?P<secret>hf_[A-Za-z0-9]{20,})(?P<after>)")
_PATTERNS = (_ADDRESS, _USER, _EQUALS, _QUERY, _QUOTED, _HEADER, _HUB)
_MAYBE = re.compile(r"[=:@]|hf_")
_GIVEN = re.compile(r"\$\{given_secret:(\d+)\}")
_FROM = re.compile(r"\$\{(?:oc\.env|key_file):[^{}]*\}")

_known: dict[str, str] = {}  # secret: what stands in its place
_given: list[str] = []


def mask(text: str) -> str:
    """Text without its secrets: each is replaced by ``***``, or by the ``${…}`` that it was taken from."""
    return _by_looks(conceal(text))


def masked(content: Any) -> Any:
    """Nested plain values without their secrets: those in texts, and values of keys such as ``password``."""
    return _masked(content, _secrets())


def conceal(text: str) -> str:
    """Text without the secrets that are known by now; nothing is taken for one by its looks, as in `mask`."""
    return _without(text, _secrets())


def has_secret(text: str) -> bool:
    """Whether a text holds a secret itself, not only where one is."""
    return mask(text) != text


def remember(text: str) -> None:
    """Find the secrets of a text, as an address or ``KEY=scheme://…``; they are masked from now on."""
    for match in _address_of(text).finditer(text):
        secret = match["secret"]
        # Where a password was not quoted, its end is taken for the host, and stands in messages as that.
        ends = [f"{secret.partition('@')[2]}@{match['host']}"] if "@" in secret else []
        for word in {secret, unquote(secret), *ends} - {match["user"], match["host"]}:
            _keep(word, MASK)
    for pattern in _PATTERNS[1:]:
        for match in pattern.finditer(text):
            _keep(match["secret"].strip("'\""), MASK)


def remember_origin(written: str, value: str) -> None:
    """Note a value with a secret that the configuration takes from elsewhere, as ``${oc.env:NAME}``.

    Parameters
    ----------
    written
        As it stands in the configuration; it is written as this again.
    value
        What it stands for.
    """
    if written == value or not has_secret(value):
        return
    remember(value)
    for origin in _FROM.findall(written):
        name = origin.partition(":")[2].removesuffix("}").split(",")[0]
        own = os.environ.get(name, "") if origin.startswith("${oc.env") else key_file(name.strip("'\""))
        if own and own in value and len(own) >= _SHORTEST:
            _known[own] = origin
    _known[value] = _GIVEN.sub(MASK, written)


def hide(word: str) -> str:
    """Word of a command line in which ``${given_secret:NUMBER}`` stands for each secret, for `given_secret`.

    So nothing that keeps or shows command lines has them.
    """

    def placeholder(match: re.Match[str]) -> str:
        _given.append(match["secret"])
        return f"{match['before']}${{given_secret:{len(_given) - 1}}}{match['after']}"

    remember(word)
    for pattern in (_address_of(word), _USER, _EQUALS, _QUERY):
        word = pattern.sub(placeholder, word)
    return word


def given_secret(number: int) -> str:
    """Secret that `hide` took out of a word."""
    return _given[number]


def key_file(path: str) -> str:
    """Secret in the first line of a file, quoted as an address needs it; ``${key_file:PATH}`` of the configuration.

    Raises
    ------
    InputError
        If there is no such file, or it is empty.
    """
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"key_file:{path}: cannot be read ({type(error).__name__})") from error
    if not lines or not lines[0].strip():
        raise InputError(f"key_file:{path}: its first line is empty; a password is needed there")
    secret = lines[0].strip()
    _keep(secret, f"${{key_file:{path}}}")
    return quote(secret, safe="")


class MaskedStream:
    """A text stream that masks what is written to it; all else is that of the stream behind it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without its secrets."""
        self._stream.write(mask(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write lines without their secrets."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Ask the stream behind it."""
        return getattr(self._stream, name)


@contextmanager
def masked_output() -> Iterator[None]:
    """Mask what this process prints while the block runs, and the traceback that ends the process after it."""
    before = sys.stdout, sys.stderr
    sys.excepthook = _print_masked
    sys.stdout, sys.stderr = (MaskedStream(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _print_masked(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    sys.stderr.write(mask("".join(traceback.format_exception(kind, error, at))))


def _secrets() -> dict[str, str]:
    """Secrets known by now, and what stands in their place; the longest first."""
    found = {**_of_environment(), **_known}
    return {secret: found[secret] for secret in sorted(found, key=len, reverse=True)}


def _without(text: str, secrets: Mapping[str, str]) -> str:
    for secret, shown in secrets.items():
        if secret in text:
            text = text.replace(secret, shown)
    return text


def _by_looks(text: str) -> str:
    if _MAYBE.search(text):  # most words of a vocabulary have nothing of it
        for pattern in _PATTERNS:
            text = pattern.sub(_replaced, text)
    return _GIVEN.sub(MASK, text)


def _masked(content: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(content, Mapping):
        return {
            key: MASK if _is_secret(key, value) else _masked(value, secrets) for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [_masked(value, secrets) for value in content]
    if not isinstance(content, str):
        return content
    found = _by_looks(_without(content, secrets))
    if found != content:
        remember(content)
    return found


def _is_secret(key: object, value: object) -> bool:
    return (
        isinstance(value, str) and value != "" and bool(_KEY.search(str(key))) and not _FROM.fullmatch(value)
    )


def _address_of(text: str) -> re.Pattern[str]:
    return _ADDRESS if _ADDRESS.search(text) else _WHOLE_ADDRESS


def _replaced(match: re.Match[str]) -> str:
    return f"{match['before']}{MASK}{match['after']}"


def _keep(secret: str, shown: str) -> None:
    for word in (secret, quote(secret, safe="")):
        if len(word) >= _SHORTEST and not _GIVEN.search(word) and MASK not in word:
            _known.setdefault(word, shown)


def _of_environment() -> dict[str, str]:
    """Secrets in variables of the environment, and in addresses in these."""
    found = {}
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and _VARIABLE.search(name):
            found[value] = MASK
        elif "://" in value and (match := _ADDRESS.search(value)) and len(match["secret"]) >= _SHORTEST:
            found[match["secret"]] = MASK
    return found
