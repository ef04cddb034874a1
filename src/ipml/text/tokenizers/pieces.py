"""Long texts in pieces that a segmenter can take, cut where a sentence ends if possible."""

from collections.abc import Iterator

_ENDS = "\n。！？!?．"


def pieces(text: str, limit: int) -> Iterator[str]:
    """Yield ``text`` in pieces of at most ``limit`` characters.

    A piece ends behind the last line break or full stop within the limit; a stretch without one is cut at
    the limit, which can cut a word in two.
    """
    start = 0
    while len(text) - start > limit:
        last = max(text.rfind(end, start, start + limit) for end in _ENDS)
        stop = last + 1 if last > start else start + limit
        yield text[start:stop]
        start = stop
    yield text[start:]
