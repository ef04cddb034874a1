"""Files of word vectors, converted once into a memory-mapped table in a cache that is named after their contents."""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ipml.console import console
from ipml.errors import InputError, check_count
from ipml.files import hash_file, read_json, safe_file_name, short_hash, write_json
from ipml.text.embeddings.table import DESCRIPTION


def convert_once(
    files: Sequence[Path], cache: str, options: Sequence[object], convert: Callable[[Path], None]
) -> Path:
    """Return the folder of the table made of ``files``; made now if that has not been done yet.

    Parameters
    ----------
    files
        What is read; the table is named after the first of them.
    cache
        Folder for tables.
    options
        Kind of file and settings that change the table.
    convert
        Makes the table in the folder it is given.

    Raises
    ------
    InputError
        If a file is missing, or ``convert`` finds it broken.
    """
    for file in files:
        if not file.is_file():
            raise InputError(f"{file}: no such file")
    hashes = [_remembered_hash(file, Path(cache)) for file in files]
    key = short_hash(*hashes, *map(str, options))
    folder = Path(cache) / f"{safe_file_name(files[0].name.split('.')[0])}-{key}"
    if not (folder / DESCRIPTION).is_file():
        console.print(f"{files[0]}: converting once into {folder}", highlight=False)
        convert(folder)
    return folder


@contextmanager
def open_stream(source: Path) -> Iterator[BinaryIO]:
    """Open a file to read its bytes, through gzip if its name ends in ``.gz``.

    Raises
    ------
    InputError
        If the gzip is cut short or broken, whenever in the block that shows.
    """
    try:
        with gzip.open(source) if source.suffix == ".gz" else source.open("rb") as stream:
            yield cast(BinaryIO, stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{source}: broken gzip; fetch the file again ({error})") from error


def check_max_words(value: int | None) -> None:
    """Refuse what is neither null nor a whole number of at least 1."""
    if value is not None:
        check_count("vectors.max_words", value)


def _remembered_hash(source: Path, cache: Path) -> str:
    """Hash of a file, computed again only if its size or time has changed: it can have gigabytes."""
    state = source.stat()
    name = short_hash(str(source.resolve()), str(state.st_size), str(state.st_mtime_ns))
    known = cache / "hashes" / f"{name}.json"
    if not known.is_file():
        write_json(known, {"file": str(source.resolve()), "hash": hash_file(source)})
    return str(read_json(known)["hash"])
