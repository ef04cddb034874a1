"""Read a source into an Arrow corpus: row by row, what cannot be read set aside and counted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from rich.table import Table
from rich.text import Text

from ipml.console import console
from ipml.corpus.cells import printable, shown
from ipml.corpus.quarantine import Quarantine, Tally
from ipml.corpus.readers import ENDINGS, JsonLines, Reader, find_file, open_reader
from ipml.corpus.repeats import SPLIT_KINDS, SeenRows, key_in_words
from ipml.corpus.row_checks import RowCheck, names_of
from ipml.corpus.schema import TABLES
from ipml.corpus.storage import INFO_FILE, QUARANTINE_FILE, Corpus, load_corpus, write_corpus
from ipml.errors import InputError, no_such_folder
from ipml.files import safe_file_name, short_hash
from ipml.settings.corpus import IngestSettings

DEFAULT_THRESHOLD = 0.05
READING_VERSION = 3  # goes up when the same source gives another corpus
_MOST_NAMED = 60  # columns of a source that a corpus has not
_PATENT_LABELS = {True: "patents", False: "no patents", None: "unknown"}


def ingest(settings: IngestSettings) -> Corpus:
    """Read the source that settings name into ``data.root`` and print what it holds."""
    source, data = settings.source, settings.data
    check = RowCheck(data.countries, data.firm_types)
    reader = open_reader(source)
    rules = settings.quarantine
    return ingest_source(
        reader, Path(data.root), check, rules.threshold, source.get("as_of"), rules.split_kinds
    )


def ingest_source(
    reader: Reader,
    root: Path,
    check: RowCheck,
    threshold: float = DEFAULT_THRESHOLD,
    as_of: str | None = None,
    split_kinds: Sequence[str] = SPLIT_KINDS,
) -> Corpus:
    """Read a source into a new corpus, whole or not at all, and print what it holds.

    Parameters
    ----------
    reader
        The source.
    root
        Folder to make.
    check
        What its rows must be.
    threshold
        Share of a table's rows that may be unreadable.
    as_of
        Date of the snapshot (ISO 8601), if known.
    split_kinds
        Kinds of page that are parts of one document, of which several have its address.

    Raises
    ------
    InputError
        If the folder is not empty, a file cannot be read at all, or too many of its rows cannot.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(f"data.root={root}: is there already; remove it or name another folder")
    report = root.parent / f"{root.name}.{QUARANTINE_FILE}"
    quarantine = Quarantine(threshold, report)
    remarks = Tally()
    rows = {
        table: _good_rows(reader, table, check, SeenRows(table, split_kinds), quarantine, remarks)
        for table in TABLES
    }
    if root.is_dir():
        root.rmdir()
    try:
        corpus = write_corpus(
            root,
            rows,
            source=reader.source,
            as_of=as_of,
            quarantine=quarantine.lines(),
            quarantine_reasons=quarantine.tally.entries,
            read_otherwise=remarks.entries,
        )
    except InputError:
        for table in _report_tables(quarantine.tally.entries, remarks.entries):
            console.print(table)
        raise
    finally:
        quarantine.close()
    report.unlink(missing_ok=True)  # of an attempt that failed
    console.print(f"{root}: corpus {corpus.info.hash}, read from {reader.source}", highlight=False)
    for table in count_tables(corpus):
        console.print(table)
    return corpus


def open_or_ingest(root: Path, cache: Path, countries: Sequence[str], firm_types: Sequence[str]) -> Corpus:
    """Open a corpus; a folder that can be read as a source is ingested first, once.

    Parameters
    ----------
    root
        Folder of a corpus, or of a source of JSON lines.
    cache
        Folder for corpora made from sources.
    countries, firm_types
        Codes that the firms of a source may have.

    Raises
    ------
    InputError
        If the folder is neither.
    """
    if (root / INFO_FILE).is_file():
        return load_corpus(root)
    check_source(root)
    reader = JsonLines(root)
    target = _place_of(reader, root, cache, countries, firm_types)
    if (target / INFO_FILE).is_file():
        return load_corpus(target)
    console.print(f"{root}: a source, not a corpus; reading it once into {target}", highlight=False)
    return ingest_source(reader, target, RowCheck(countries, firm_types))


def check_source(root: Path) -> None:
    """Refuse a folder that is not there or not a source, `InputError`; none of its rows is read."""
    if not root.is_dir():
        raise no_such_folder("data.root", root)
    if find_file(root, "firms") is None:
        sources = " or ".join(f"firms{ending}" for ending in ENDINGS)
        raise InputError(f"data.root={root}: neither a corpus ({INFO_FILE}) nor a source ({sources})")


def find_ingested(
    root: Path, cache: Path, countries: Sequence[str], firm_types: Sequence[str]
) -> Path | None:
    """Folder of the corpus that `open_or_ingest` made of a source; None where it has made none."""
    target = _place_of(JsonLines(root), root, cache, countries, firm_types)
    return target if (target / INFO_FILE).is_file() else None


def _place_of(
    reader: JsonLines, root: Path, cache: Path, countries: Sequence[str], firm_types: Sequence[str]
) -> Path:
    read_as = short_hash(reader.fingerprint, str(READING_VERSION), *RowCheck(countries, firm_types).rules)
    return cache / f"{safe_file_name(root.resolve().name)}-{read_as}"


def _good_rows(
    reader: Reader, table: str, check: RowCheck, seen: SeenRows, quarantine: Quarantine, remarks: Tally
) -> Iterator[dict[str, Any]]:
    n_rows = 0
    files: dict[str, None] = {}
    others: dict[str, None] = {}
    for source_row in reader.rows(table):
        n_rows, file, line = n_rows + 1, source_row.file, source_row.line
        files[file] = None
        if source_row.columns is None:
            quarantine.add(file, line, printable(source_row.fault))
            continue
        if len(others) < _MOST_NAMED:
            others.update(dict.fromkeys(source_row.columns))
        row = check.check(table, source_row.columns)
        if row.fault:
            quarantine.add(file, line, row.fault)
            continue
        for remark in row.remarks:
            remarks.add(file, line, remark)
        earlier = seen.add(row.columns, file, line)
        if earlier is None:
            yield row.columns
        elif earlier[0]:
            remarks.add(file, line, "stands again, the same: kept once")
        else:
            reason = (
                f"stands again with other content, the first is kept (told apart by {key_in_words(table)})"
            )
            quarantine.add(file, line, reason, kept=earlier[1])
    _print_left_out(table, others)
    quarantine.check(files, n_rows)


def _print_left_out(table: str, names: Iterable[str]) -> None:
    known = {name for column in TABLES[table].names for name in names_of(column)}
    if left_out := [shown(str(name)) for name in names if name not in known]:
        more = ", …" if len(left_out) > _MOST_NAMED else ""
        listed = ", ".join(left_out[:_MOST_NAMED]) + more
        console.print(Text(f"{table}: columns that no corpus has, left out: {listed}"), soft_wrap=True)


def count_tables(corpus: Corpus) -> Iterator[Table]:
    """Yield the counts of firms, of pages and patents, of rows set aside, and of what was read otherwise."""
    yield _count_firms(corpus)
    yield _count_texts(corpus)
    yield from _report_tables(corpus.info.quarantine, corpus.info.read_otherwise)


def _count_firms(corpus: Corpus) -> Table:
    table = Table("country", "firm type", *_PATENT_LABELS.values(), "firms", title="Firms")
    firms = corpus.firms()
    firms["firm_type"] = firms["firm_type"].fillna("unknown")
    for (country, firm_type), group in firms.groupby(["country", "firm_type"]):
        counts = Counter(None if label is None else bool(label) for label in group["has_patent"])
        by_label = [f"{counts[label]:,}" for label in _PATENT_LABELS]
        table.add_row(str(country), str(firm_type), *by_label, f"{len(group):,}")
    return table


def _count_texts(corpus: Corpus) -> Table:
    columns = ("table", "country", "language", "rows", "without text or abstract")
    table = Table(*columns, title="Pages and patents")
    country_of = corpus.firms().set_index("firm_id")["country"]
    for name, column in (("pages", "text"), ("patents", "abstract")):
        texts = corpus.table(name)
        length = pc.utf8_length(pc.utf8_trim_whitespace(texts[column]))
        empty = pc.equal(pc.fill_null(length, 0), 0)
        frame = texts.select(["firm_id", "language"]).append_column("empty", empty).to_pandas()
        frame["country"] = frame["firm_id"].map(country_of).fillna("none")
        for (country, language), group in frame.groupby(["country", "language"]):
            n_empty = int(group["empty"].sum())
            table.add_row(name, str(country), str(language), f"{len(group):,}", f"{n_empty:,}")
    return table


def _report_tables(
    quarantine: Sequence[Mapping[str, Any]], read_otherwise: Sequence[Mapping[str, Any]]
) -> Iterator[Table]:
    titles = {"Rows that could not be read": quarantine, "Read otherwise than it stands": read_otherwise}
    for title, entries in titles.items():
        table = Table("file", "what", "rows", "first", title=title)
        for entry in entries:
            cells = entry["file"], entry["reason"], f"{entry['rows']:,}", entry["first"]
            table.add_row(*(Text(cell) for cell in cells))  # as it is: a name of a file is no markup
        if entries:
            yield table
