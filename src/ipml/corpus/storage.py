"""A corpus on disk: three Arrow tables, ``corpus.json`` with its hash, and ``quarantine.jsonl``."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ipml.checksums import check_files, has_checksums, record_checksums, write_checksums
from ipml.console import track
from ipml.corpus.schema import ADDED_COLUMNS, TABLES
from ipml.errors import InputError, no_such_folder
from ipml.files import atomic_path, read_json, write_json

INFO_FILE = "corpus.json"
QUARANTINE_FILE = "quarantine.jsonl"
_CHECKED = (INFO_FILE, *(f"{name}.arrow" for name in TABLES))
_BATCH_ROWS = 2000

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class CorpusInfo:
    """What ``corpus.json`` says of a corpus."""

    hash: str
    simulated: bool
    source: str
    as_of: str | None
    counts: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    """Why rows were set aside: ``file``, ``reason``, ``rows``, ``first`` (where the first one stands)."""
    read_otherwise: list[dict[str, Any]] = field(default_factory=list)
    """What was read otherwise than it stands, as rows that repeat another one; keys as those of ``quarantine``."""


@dataclass(frozen=True)
class Corpus:
    """An opened corpus; the tables are memory-mapped Arrow and can be larger than memory."""

    root: Path
    info: CorpusInfo

    def table(self, name: str) -> pa.Table:
        """Memory-mapped Arrow table: ``firms``, ``pages`` or ``patents``."""
        with pa.memory_map(str(self.root / f"{name}.arrow")) as source:
            return pa.ipc.open_stream(source).read_all()

    def dataset(self, name: str) -> "Dataset":
        """Return the same table as a Hugging Face dataset."""
        from datasets import Dataset

        return Dataset.from_file(str(self.root / f"{name}.arrow"))

    def firms(self, country: str | None = None) -> pd.DataFrame:
        """Firms of a country (all if None), sorted by ``firm_id``."""
        table = self.table("firms")
        if country is not None:
            table = table.filter(pc.field("country") == country)
        return table.to_pandas().sort_values("firm_id", ignore_index=True)

    def pages(self, firm_ids: Iterable[str], language: str, kinds: Iterable[str] | None = None) -> pa.Table:
        """Pages of the given firms in one language, and of the given kinds (all if None)."""
        condition = (pc.field("language") == language) & pc.field("firm_id").isin(_texts(firm_ids))
        if kinds is not None:
            condition &= pc.field("kind").isin(_texts(kinds))
        return self.table("pages").filter(condition)

    def patents(self, firm_ids: Iterable[str], language: str) -> pa.Table:
        """Patents of the given firms in one language."""
        return self.table("patents").filter(
            (pc.field("language") == language) & pc.field("firm_id").isin(_texts(firm_ids))
        )


def write_corpus(
    root: Path,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    source: str,
    simulated: bool = False,
    as_of: str | None = None,
    quarantine: Iterable[str] = (),
    quarantine_reasons: Sequence[Mapping[str, Any]] = (),
    read_otherwise: Sequence[Mapping[str, Any]] = (),
) -> Corpus:
    """Write a corpus, whole or not at all, and open it.

    Parameters
    ----------
    root
        Folder to make.
    rows
        For each of ``firms``, ``pages`` and ``patents`` the rows, in any order of columns; columns outside
        the schema are dropped, missing ones are null. Rows may come from a generator.
    source
        Where the rows come from, in words.
    simulated
        True for a planted world.
    as_of
        Date of the snapshot (ISO 8601), if known.
    quarantine, quarantine_reasons, read_otherwise
        Rows that could not be read, a line of JSON each, their counts by reason, and counts of what was read otherwise
        than it stands; looked at last, so that ``rows`` may still add to them.
    """
    digest = hashlib.sha256()
    counts = {}
    with atomic_path(root) as folder:
        folder.mkdir(parents=True)
        for name, schema in TABLES.items():
            counts[name] = _write_table(folder / f"{name}.arrow", schema, rows[name], digest)
        n_quarantined = 0
        with (folder / QUARANTINE_FILE).open("w", encoding="utf-8", newline="\n") as stream:
            for line in quarantine:
                stream.write(line)
                n_quarantined += 1
        info = CorpusInfo(
            digest.hexdigest()[:16],
            simulated,
            source,
            as_of,
            counts,
            n_quarantined,
            [dict(entry) for entry in quarantine_reasons],
            [dict(entry) for entry in read_otherwise],
        )
        write_json(folder / INFO_FILE, asdict(info))
        write_checksums(folder, _CHECKED)
    corpus = load_corpus(root)
    if corpus.info.hash != info.hash:
        raise InputError(
            f"data.root={root}: another process has made corpus {corpus.info.hash} there meanwhile, and this would be "
            f"{info.hash}; name another folder"
        )
    return corpus


def load_corpus(root: Path | str) -> Corpus:
    """Open a corpus that `write_corpus` wrote; its files are checked, once a process.

    Raises
    ------
    InputError
        If ``root`` does not exist or is not a corpus, or a file of it is not the one that was written.
    """
    root = Path(root)
    if not root.is_dir():
        raise no_such_folder("data.root", root)
    info = read_info(root)
    if info is None:
        raise InputError(f"data.root={root}: not a corpus ({INFO_FILE} is missing)")
    for name in TABLES:
        if not (root / f"{name}.arrow").is_file():
            raise InputError(f"data.root={root}: {name}.arrow is missing; ingest the corpus again")
    if has_checksums(root):
        check_files(root, _remedy(info), _CHECKED)
    else:  # of a version that wrote none
        if (found := _content_hash(root)) != info.hash:
            shown = found or "not whole"
            raise InputError(
                f"data.root={root}: its tables are {shown}, not corpus {info.hash}; {_remedy(info)}"
            )
        record_checksums(root, _CHECKED)
    return Corpus(root, info)


def _remedy(info: CorpusInfo | None) -> str:
    if info is not None and info.simulated:
        return "delete the folder, and the world is simulated again"
    return "delete the folder and ingest the corpus again"


def _content_hash(root: Path) -> str | None:
    """Hash of a corpus from the rows of its tables; None if they cannot be read."""
    digest = hashlib.sha256()
    try:
        for name, schema in TABLES.items():
            with pa.memory_map(str(root / f"{name}.arrow")) as source, pa.ipc.open_stream(source) as batches:
                for batch in track(batches, f"checking {name}"):
                    for row in batch.to_pylist():
                        digest.update(_row_bytes(row, schema))
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return None
    return digest.hexdigest()[:16]


def read_info(root: Path) -> CorpusInfo | None:
    """Read what ``corpus.json`` says, without opening the corpus; None where there is none.

    Raises
    ------
    InputError
        If it is not what was written.
    """
    path = root / INFO_FILE
    if not path.is_file():
        return None
    try:
        info = CorpusInfo(**read_json(path))
        if not isinstance(info.hash, str):
            raise TypeError(info.hash)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"data.root={root}: {INFO_FILE} is not readable; {_remedy(None)}") from error
    return info


def _texts(values: Iterable[str]) -> pa.Array:
    """Values for `isin`, which needs to be told the type when there are none."""
    return pa.array(list(values), pa.string())


def _write_table(path: Path, schema: pa.Schema, rows: Iterable[Mapping[str, Any]], digest: Any) -> int:
    count = 0
    iterator = iter(track(rows, f"writing {path.stem}"))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        while batch := list(islice(iterator, _BATCH_ROWS)):
            for row in batch:
                digest.update(_row_bytes(row, schema))
            columns = {name: [row.get(name) for row in batch] for name in schema.names}
            writer.write_batch(pa.RecordBatch.from_pydict(columns, schema=schema))
            count += len(batch)
    return count


def _row_bytes(row: Mapping[str, Any], schema: pa.Schema) -> bytes:
    """Return what the hash of a corpus takes in of a row."""
    names = (name for name in schema.names if name not in ADDED_COLUMNS or row.get(name) is not None)
    values = [row.get(name) for name in names]
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
