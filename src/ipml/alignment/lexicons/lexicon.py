"""Bilingual dictionaries: word pairs from text files, tab-separated or in the format of MUSE."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ipml.errors import InputError
from ipml.files import short_hash
from ipml.guards import lines
from ipml.text.normalisation import normalise

_LONGEST_LINE = 2**16  # bytes; the longest entry of CC-CEDICT has 1,100


@dataclass(frozen=True)
class Lexicon:
    """Translations of words: each pair once, in the order of the file."""

    pairs: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def fingerprint(self) -> str:
        """Hash of the pairs."""
        return short_hash("\n".join(f"{source}\t{target}" for source, target in self.pairs))

    def translations(self) -> dict[str, list[str]]:
        """All listed translations of each source word."""
        table: dict[str, list[str]] = {}
        for source, target in self.pairs:
            table.setdefault(source, []).append(target)
        return table

    def without_sources(self, words: Iterable[str]) -> "Lexicon":
        """Return the pairs whose source word is none of ``words``."""
        left_out = set(words)
        return Lexicon(tuple(pair for pair in self.pairs if pair[0] not in left_out))


def read_lexicon(path: str | Path, max_sense: int | None = None, key: str = "lexicon") -> Lexicon:
    """Read a dictionary.

    Each line is ``source<TAB>target``, optionally followed by the rank of the sense (1 = first) and by
    whether the entry is common (0 or 1, not used). No header; UTF-8, plain or gzip; columns in quotes or not.

    Parameters
    ----------
    max_sense
        Keep pairs of this sense rank or a lower one, and pairs without a rank; None keeps all.
    key
        Configuration key that gave the path, for messages.

    Raises
    ------
    InputError
        If the file is missing or empty or a line cannot be read; the message names file and line.
    """
    pairs: dict[tuple[str, str], None] = {}
    for number, line in read_lines(path, key):
        source, target, sense = _read_line(line, f"{path}, line {number}")
        if max_sense is None or sense is None or sense <= max_sense:
            pairs[source, target] = None
    return lexicon_of(pairs, f"{key}={path}")


def lexicon_of(pairs: Iterable[tuple[str, str]], place: str) -> Lexicon:
    """Make a lexicon of pairs as they are given, each written in one way (`normalise`), once.

    Raises
    ------
    InputError
        If there are none; the message names the place.
    """
    lexicon = Lexicon(
        tuple(dict.fromkeys((normalise(source), normalise(target)) for source, target in pairs))
    )
    if not len(lexicon):
        raise InputError(f"{place}: holds no word pair")
    return lexicon


def read_lines(path: str | Path, key: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line of a UTF-8 file, plain or gzip, that is not blank.

    Raises
    ------
    InputError
        If the file is missing or is no such text.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{key}={path}: no such file")
    place = f"{key}={path}"
    for number, line in lines.read_lines(path, _LONGEST_LINE, place):
        if line is None:
            raise InputError(f"{place}: line {number}: more than {_LONGEST_LINE:,} bytes: not a dictionary")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{place}: not UTF-8 text, plain or gzip: line {number} ({error})") from error
        if text.strip():
            yield number, text


def _read_line(line: str, place: str) -> tuple[str, str, int | None]:
    columns = [_unquoted(column) for column in line.split("\t")]
    if not 2 <= len(columns) <= 4 or not columns[0] or not columns[1]:
        raise InputError(f"{place}: {line[:60]!r}; needed: source<TAB>target[<TAB>sense[<TAB>common]]")
    if len(columns) == 2:
        return columns[0], columns[1], None
    if not columns[2].isdecimal():
        raise InputError(f"{place}: sense {columns[2][:20]!r} is not a whole number")
    return columns[0], columns[1], int(columns[2])


def _unquoted(column: str) -> str:
    """Take the quotes off that spreadsheets put around a column; a word of quotes alone stays as it is."""
    column = column.strip()
    if len(column) > 2 and column.startswith('"') and column.endswith('"') and column.strip('"'):
        return column[1:-1].replace('""', '"').strip()
    return column


def read_muse(path: str | Path, key: str = "lexicon") -> Lexicon:
    """Read a dictionary of words between which one blank or tab stands.

    UTF-8, plain or gzip. The format has no ranks of senses.

    Parameters
    ----------
    key
        Configuration key that gave the path, for messages.

    Raises
    ------
    InputError
        If the file is missing or empty or a line is not two words; the message names file and line.
    """
    pairs: dict[tuple[str, str], None] = {}
    for number, line in read_lines(path, key):
        words = [_unquoted(word) for word in line.replace("\t", " ").split(" ")]
        if len(words) != 2 or not all(words):
            raise InputError(
                f"{path}, line {number}: {line[:60]!r}; needed: source, one blank or tab, target"
            )
        pairs[words[0], words[1]] = None
    return lexicon_of(pairs, f"{key}={path}")
