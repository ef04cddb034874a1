"""What a corpus holds, as tables for the console."""

from collections import Counter
from collections.abc import Iterator

import pyarrow.compute as pc
from rich.table import Table

from ipml.corpus.quarantine import Quarantine
from ipml.corpus.storage import Corpus

_PATENT_LABELS = {True: "patents", False: "no patents", None: "unknown"}


def count_tables(corpus: Corpus, quarantine: Quarantine) -> Iterator[Table]:
    """Yield the counts of firms, of pages and patents, and of rows that could not be read."""
    yield _count_firms(corpus)
    yield _count_texts(corpus)
    if quarantine.rows:
        yield _count_quarantine(quarantine)


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
        empty = pc.equal(pc.fill_null(pc.utf8_length(texts[column]), 0), 0)
        frame = texts.select(["firm_id", "language"]).append_column("empty", empty).to_pandas()
        frame["country"] = frame["firm_id"].map(country_of).fillna("none")
        for (country, language), group in frame.groupby(["country", "language"]):
            n_empty = int(group["empty"].sum())
            table.add_row(name, str(country), str(language), f"{len(group):,}", f"{n_empty:,}")
    return table


def _count_quarantine(quarantine: Quarantine) -> Table:
    table = Table("file", "reason", "rows", title="Rows that could not be read")
    for (file, reason), count in sorted(quarantine.count().items()):
        table.add_row(file, reason, f"{count:,}")
    return table
