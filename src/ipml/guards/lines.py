"""Bytes and lines of a file, plain or gzip; whatever it holds, reading takes bounded memory and time."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ipml.errors import InputError

LONGEST_LINE = 2**24  # bytes; a line of more is no row of a table
LONGEST_CELL = 2**22  # characters; a book has fewer
# Text becomes 3 to 20 times as long when it is unpacked, the same line over and over up to 1,000 times.
_MOST_TIMES = 250
_FREE = 2**26  # bytes that a gzip of any size may hold
_SIGNATURE = b"\x1f\x8b"
_BUFFER = 2**18
_BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)


class _Unpacked(io.RawIOBase):
    """The content of a gzip, which is refused where it is out of all proportion to the file."""

    def __init__(self, packed: BinaryIO, place: str) -> None:
        self._packed, self._place = packed, place
        self._content = gzip.GzipFile(fileobj=packed)
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._content.read1(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > _FREE and self._count > _MOST_TIMES * self._packed.tell():
            raise InputError(
                f"{self._place}: a gzip that unpacks to more than {_MOST_TIMES} times its size; "
                "unpack it yourself if that is right"
            )
        return len(data)


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read its bytes, through gzip if its name ends in ``.gz`` or it starts as one.

    Raises
    ------
    InputError
        If the gzip is cut short, broken, or unpacks to more than 64 MiB and 250 times its size, whenever in the block
        that shows.
    """
    try:
        with _opened(path, str(path)) as stream:
            yield stream
    except _BROKEN as error:
        raise InputError(f"{path}: broken gzip; fetch the file again ({error})") from error


def read_lines(
    path: Path, longest: int = LONGEST_LINE, place: str | None = None
) -> Iterator[tuple[int, bytes | None]]:
    """Yield number, from 1, and bytes of each line, without its end and the byte order mark of the first.

    Parameters
    ----------
    longest
        Bytes that a line may have; of one with more only the number is yielded, with None.
    place
        What the file is called in messages; by default its path.

    Raises
    ------
    InputError
        As `open_bytes`.
    """
    place = place or str(path)
    number = 0
    try:
        with _opened(path, place) as stream:
            most = longest + len(codecs.BOM_UTF8) + len(b"\r\n")
            while line := stream.readline(most):
                number += 1
                content = (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).rstrip(b"\r\n")
                is_whole = len(line) < most or line.endswith(b"\n")
                yield number, content if is_whole and len(content) <= longest else None
                while not is_whole:
                    line = stream.readline(_BUFFER)
                    is_whole = not line or line.endswith(b"\n")
    except _BROKEN as error:
        raise InputError(f"{place}: broken gzip after line {number} ({error}); fetch it again") from error


@contextmanager
def _opened(path: Path, place: str) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        packed = path.suffix == ".gz" or file.peek(len(_SIGNATURE)).startswith(_SIGNATURE)
        yield cast(BinaryIO, io.BufferedReader(_Unpacked(file, place), _BUFFER)) if packed else file
