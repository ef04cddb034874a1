"""Japanese-English pairs from JMdict, as the package ``jamdict-data`` carries it: an SQLite database.

JMdict is the property of the Electronic Dictionary Research and Development Group and used in conformance
with the Group's licence (https://www.edrdg.org/edrdg/licence.html), CC BY-SA.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ipml.alignment.lexicons.glosses import single_word
from ipml.errors import InputError
from ipml.text.kinds import package_folder

_NEEDED = ("lexicon jmdict", "pip install 'ipml[jmdict]'")
_SENSES, _GLOSSES = 4, 6  # later ones are remote
_JAPANESE = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_USUALLY_KANA = "word usually written using kana alone"
_LEFT_OUT = {
    "archaism",
    "derogatory",
    "Internet slang",
    "manga slang",
    "obscure term",
    "obsolete term",
    "rare",
    "slang",
    "vulgar expression or word",
}
# A form is common if it has any of the dictionary's marks of priority (news, ichi, spec, gai, nf).
_KANJI = "SELECT idseq, text, EXISTS (SELECT 1 FROM KJP WHERE kid = Kanji.ID) FROM Kanji ORDER BY ID"
_KANA = "SELECT idseq, text, EXISTS (SELECT 1 FROM KNP WHERE kid = Kana.ID) FROM Kana ORDER BY ID"
_MARKS = "SELECT sid, text FROM misc"
_GLOSSES_OF = "SELECT sid, text FROM SenseGloss WHERE lang = 'eng' ORDER BY rowid"


def read_jmdict() -> dict[tuple[str, str], int]:
    """Read the pairs of a Japanese form and a single English word, each with its lowest sense rank (1 = first).

    Forms are the common written ones, or the first if none is common; where a word is usually written in
    kana, its common written forms and its kana. Senses marked archaic, obsolete, rare, slang, derogatory or
    vulgar are left out, as are all but the first four senses of an entry and six glosses of a sense.

    Raises
    ------
    InputError
        If the package is missing or its database cannot be read.
    """
    path = package_folder("jamdict_data", *_NEEDED) / "jamdict.db"
    if not path.is_file():
        raise InputError(f"{path}: missing; install jamdict-data again: {_NEEDED[1]}")
    return read_database(path)


def read_database(path: Path) -> dict[tuple[str, str], int]:
    """Read a database of jamdict's form; see `read_jmdict`."""
    ranks: dict[tuple[str, str], int] = {}
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as database:
            kanji, kana = _forms(database, _KANJI), _forms(database, _KANA)
            marks, glosses = _texts(database, _MARKS), _texts(database, _GLOSSES_OF)
            senses = _texts(database, "SELECT idseq, ID FROM Sense ORDER BY ID")
    except sqlite3.Error as error:
        raise InputError(f"{path}: not a database of jamdict-data ({error})") from error
    for entry, identities in senses.items():
        in_kana = any(_USUALLY_KANA in marks.get(sense, ()) for sense in identities)
        forms = _chosen(kanji.get(entry, []), kana.get(entry, []), in_kana)
        for rank, sense in enumerate(identities[:_SENSES], start=1):
            if _LEFT_OUT.intersection(marks.get(sense, ())):
                continue
            for word in map(single_word, glosses.get(sense, [])[:_GLOSSES]):
                for form in forms if word else ():
                    pair = (form, str(word))
                    ranks[pair] = min(rank, ranks.get(pair, rank))
    return ranks


def _chosen(kanji: list[tuple[str, bool]], kana: list[tuple[str, bool]], in_kana: bool) -> list[str]:
    common_kanji = [text for text, common in kanji if common]
    common_kana = [text for text, common in kana if common] or [text for text, _ in kana[:1]]
    if not kanji:
        forms = common_kana
    elif in_kana:
        forms = common_kanji + common_kana
    else:
        forms = common_kanji or [kanji[0][0]]
    return [form for form in forms if _JAPANESE.fullmatch(form)]


def _forms(database: sqlite3.Connection, query: str) -> Mapping[int, list[tuple[str, bool]]]:
    table: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for entry, text, common in database.execute(query):
        table[entry].append((text, bool(common)))
    return table


def _texts(database: sqlite3.Connection, query: str) -> Mapping[int, list]:
    table: dict[int, list] = defaultdict(list)
    for identity, value in database.execute(query):
        table[identity].append(value)
    return table
