"""Crawled text made fit to be shown: nothing invisible, nothing endless, no address that does something."""

import re
from urllib.parse import urlsplit

_LONGEST_LINK = 2000


def visible(text: str) -> str:
    """Write invisible characters as numbers, and any white space as a space.

    Among the invisible ones are those that turn the direction of what follows, control characters, lone
    surrogates, which no file can hold, and private characters, which only a site's own fonts can draw.

    Examples
    --------
    >>> visible("safe\u202egpj.exe")
    'safe[U+202E]gpj.exe'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else f"[U+{ord(c):04X}]" for c in text)


def shorten(text: str, limit: int) -> str:
    """Cut a text to at most ``limit`` characters, with an ellipsis where it is cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def short_address(url: str, limit: int) -> str:
    """Keep the end of an address, where pages of a site differ, without ``http://`` and in ``limit`` characters."""
    address = re.sub(r"^https?://(www\.)?", "", url)
    return address if len(address) <= limit else "…" + address[1 - limit :]


def web_link(url: str) -> str | None:
    """Return an address that may be followed, or None.

    Only ``http`` and ``https``, and only where the host is plain to see: no user name before it, which could
    pass for a host, no backslash, which browsers read as a slash, no white space and nothing invisible.
    """
    if len(url) > _LONGEST_LINK or visible(url) != url or re.search(r"[\s\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
    return url if plain else None
