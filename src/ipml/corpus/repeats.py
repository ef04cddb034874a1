"""Rows that stand twice in a source: the first is kept, and what a later one is, is told from hashes."""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ipml.corpus.schema import TABLES

SPLIT_KINDS = ("sec_10k_item_1", "sec_10k_item_7")

# Columns that tell a row from all others of its table. A patent of several firms is a row of each.
_KEYS: dict[str, tuple[str, ...]] = {
    "firms": ("firm_id",),
    "pages": ("firm_id", "language", "kind", "url"),
    "patents": ("patent_id", "firm_id", "language"),
}
_PLACE = struct.Struct(">IQ")


class SeenRows:
    """Remembers each row of a table by two hashes and its place, about 160 bytes, whatever its texts weigh.

    Parameters
    ----------
    table
        ``firms``, ``pages`` or ``patents``.
    split_kinds
        Kinds of page that are parts of one document, of which several have its address.
    """

    def __init__(self, table: str, split_kinds: Sequence[str] = SPLIT_KINDS) -> None:
        self._table = table
        self._split_kinds = frozenset(split_kinds)
        self._files: dict[str, int] = {}
        self._seen: dict[bytes, bytes] = {}

    def add(self, row: Mapping[str, Any], file: str, line: int) -> tuple[bool, str] | None:
        """Remember a row, unless one of its key is here already.

        Parameters
        ----------
        row
            Every column of the table's schema.
        file, line
            Where it stands.

        Returns
        -------
        None, or of a row whose key is here
            Whether it has the same content, and the place of the one that is kept, as ``pages.jsonl:12``.
        """
        content = _digest([row[name] for name in TABLES[self._table].names])[:8]
        key = _digest(self._key(row))
        known = self._seen.get(key)
        if known is None:
            place = _PLACE.pack(self._files.setdefault(file, len(self._files)), line)
            self._seen[key] = content + place
            return None
        number, first_line = _PLACE.unpack(known[8:])
        return known[:8] == content, f"{list(self._files)[number]}:{first_line}"

    def _key(self, row: Mapping[str, Any]) -> list[Any]:
        key = [row[name] for name in _KEYS[self._table]]
        if self._table == "pages" and (row["url"] is None or row["kind"] in self._split_kinds):
            key.append(row["text"])
        return key


def key_in_words(table: str) -> str:
    """Name the columns that tell a row of a table from the others."""
    return ", ".join(_KEYS[table])


def _digest(values: list[Any]) -> bytes:
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=16).digest()
