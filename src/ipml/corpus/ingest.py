"""Read a source into an Arrow corpus: row by row, what cannot be read set aside and counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from ipml.console import console
from ipml.corpus.counts import count_tables
from ipml.corpus.quarantine import Quarantine
from ipml.corpus.readers import Reader, open_reader
from ipml.corpus.readers.checks import RowCheck
from ipml.corpus.readers.jsonl import ENDINGS, JsonLines, find_file
from ipml.corpus.schema import TABLES
from ipml.corpus.storage import INFO_FILE, QUARANTINE_FILE, Corpus, load_corpus, write_corpus
from ipml.errors import InputError
from ipml.files import safe_file_name

DEFAULT_THRESHOLD = 0.05


def ingest(config: DictConfig) -> Corpus:
    """Read the configured source into ``data.root`` and print what it holds."""
    reader = open_reader(config.source.format, Path(config.source.root))
    return ingest_source(reader, Path(config.data.root), config.quarantine.threshold, config.source.as_of)


def ingest_source(
    reader: Reader, root: Path, threshold: float = DEFAULT_THRESHOLD, as_of: str | None = None
) -> Corpus:
    """Read a source into a new corpus, whole or not at all, and print what it holds.

    Parameters
    ----------
    reader
        The source.
    root
        Folder to make.
    threshold
        Share of a file's rows that may be unreadable.
    as_of
        Date of the snapshot (ISO 8601), if known.

    Raises
    ------
    InputError
        If the folder is not empty, a file cannot be read at all, or too many of its rows cannot.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(f"data.root={root}: is there already; remove it or name another folder")
    report = root.parent / f"{root.name}.{QUARANTINE_FILE}"
    quarantine = Quarantine(threshold, report)
    check = RowCheck()
    rows = {table: _good_rows(reader, table, check, quarantine) for table in TABLES}
    if root.is_dir():
        root.rmdir()
    corpus = write_corpus(root, rows, source=reader.source, as_of=as_of, quarantine=quarantine.rows)
    report.unlink(missing_ok=True)  # of an attempt that failed
    console.print(f"{root}: corpus {corpus.info.hash}, read from {reader.source}", highlight=False)
    for table in count_tables(corpus, quarantine):
        console.print(table)
    return corpus


def open_corpus(root: Path, cache: Path) -> Corpus:
    """Open a corpus; a folder that can be read as a source is ingested first, once.

    Parameters
    ----------
    root
        Folder of a corpus, or of a source of JSON lines.
    cache
        Folder for corpora made from sources.

    Raises
    ------
    InputError
        If the folder is neither.
    """
    if (root / INFO_FILE).is_file():
        return load_corpus(root)
    if not root.is_dir():
        raise InputError(f"data.root={root}: no such folder")
    if find_file(root, "firms") is None:
        sources = " or ".join(f"firms{ending}" for ending in ENDINGS)
        raise InputError(f"data.root={root}: neither a corpus ({INFO_FILE}) nor a source ({sources})")
    reader = JsonLines(root)
    target = cache / f"{safe_file_name(root.resolve().name)}-{reader.fingerprint}"
    if (target / INFO_FILE).is_file():
        return load_corpus(target)
    console.print(f"{root}: a source, not a corpus; reading it once into {target}", highlight=False)
    return ingest_source(reader, target)


def _good_rows(
    reader: Reader, table: str, check: RowCheck, quarantine: Quarantine
) -> Iterator[dict[str, Any]]:
    n_rows, file = 0, ""
    for source_row in reader.rows(table):
        n_rows, file = n_rows + 1, source_row.file
        if source_row.columns is None:
            fault = source_row.fault
        else:
            row, fault = check.check(table, source_row.columns)
        if fault:
            quarantine.add(source_row.file, source_row.line, fault)
        else:
            yield row
    quarantine.check(file, n_rows)
