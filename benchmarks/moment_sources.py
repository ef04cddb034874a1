"""Where ``hard_moments`` reads real texts, firms and word vectors: the folders beside the checkout."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.moments import MOST_PATENTS, Alignment, Pairs, Source, Vectors
from ipml.errors import InputError
from ipml.text.tokenizers import make_tokenizer

TOKENIZERS = {
    "ja": {"kind": "sudachi", "mode": "C", "form": "normalized"},
    "zh": {"kind": "jieba"},
    "en": {"kind": "latin"},
}
VECTORS = {"ja": "chive20k.ja.300", "zh": "msdocs.zh.200", "en": "glove6b30k.en.50"}
ALIGNED = {  # source and target vectors, lexicon
    "ja-en": ("msdocs.ja.200", "msdocs.en.200"),
    "zh-en": ("msdocs.zh.200", "msdocs.en.200"),
}
_PRODUCT_KINDS = ("product", "service")
_SENSES = ("1", "2")
_TEXTS = (  # name, folder of the pages, language, first letters of the firms, kinds of pages
    ("JP summaries, ja", "firms", "ja", "JP", ("business_summary",)),
    ("JP Wikipedia, ja", "jp_wikipedia", "ja", "JP", ("wikipedia_lead",)),
    ("JP profiles, en", "firms", "en", "JP", ("profile_en",)),
    ("US profiles, en", "firms", "en", "US", ("profile_en",)),
    ("CN firms, zh", "cn_patents", "zh", "CN", ("business_scope", "main_products", "main_business")),
)
_LABELLED = ("JP",)  # elsewhere next to no firm is known to have no patents


class RealData:
    """The folders of real data: the firms of ``data.root`` and those beside it.

    Raises
    ------
    InputError
        If a folder is missing.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root.parent
        for name in ("firms", "sites", "cn_patents", "jp_wikipedia", "vectors", "lexicon"):
            if not (self._folder / name).is_dir():
                raise InputError(f"data.root={root}: no folder {self._folder / name}")
        self._vectors = {code: self._read_vectors(name) for code, name in VECTORS.items()}
        self._tokenizers = {code: make_tokenizer(settings) for code, settings in TOKENIZERS.items()}

    def sources(self) -> Iterator[Source]:
        """Yield the sources: lists of firms, then whole sites."""
        labels = {row["firm_id"]: row["has_patent"] for row in self._rows("firms/firms")}
        for name, folder, code, country, kinds in _TEXTS:
            source = Source(name, self._vectors[code])
            rows = [
                row for row in self._rows(f"{folder}/pages") if row["lang"] == code and row["kind"] in kinds
            ]
            self._add_pages(source, code, [row for row in rows if row["firm_id"].startswith(country)])
            source.products = {
                firm: [word for page in of for word in page] for firm, of in source.pages.items()
            }
            known = {firm: labels.get(firm) for firm in source.pages}
            if country in _LABELLED:
                source.has_patent = {firm: label for firm, label in known.items() if label is not None}
            self._add_patents(source, code, "cn_patents" if country == "CN" else "firms")
            yield source
        for code in TOKENIZERS:
            rows = [row for row in self._rows("sites/pages") if row["lang"] == code]
            source = Source(f"sites, {code}", self._vectors[code])
            self._add_pages(source, code, rows)
            for row in rows:
                source.is_product[row["firm_id"]].append(row["page_kind"] in _PRODUCT_KINDS)
            yield source

    def alignments(self) -> Iterator[Alignment]:
        """Yield the pairs of languages that a dictionary joins."""
        for pair, names in ALIGNED.items():
            source, target = (self._read_vectors(name) for name in names)
            train, test = (self._read_lexicon(f"{pair}.{part}") for part in ("train", "valid"))
            yield Alignment(pair, source, target, train, test)

    def _add_pages(self, source: Source, code: str, rows: Sequence[dict[str, Any]]) -> None:
        words = self._tokenizers[code].tokenize(row["text"] for row in rows)
        for row, page in zip(rows, words, strict=True):
            source.pages[row["firm_id"]].append(page)

    def _add_patents(self, source: Source, code: str, folder: str) -> None:
        chosen: dict[str, list[str]] = defaultdict(list)
        for row in self._rows(f"{folder}/patents"):
            if row["lang"] == code and row["firm_id"] in source.pages:
                chosen[row["firm_id"]].append(f"{row['title'] or ''} {row['abstract'] or ''}")
        for firm, texts in chosen.items():
            source.add_patents(firm, self._tokenizers[code].tokenize(texts[:MOST_PATENTS]))

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        with gzip.open(self._folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def _read_vectors(self, name: str) -> Vectors:
        with gzip.open(self._folder / "vectors" / f"{name}.vec.gz", "rt", encoding="utf-8") as lines:
            count, dimension = map(int, next(lines).split())
            array = np.empty((count, dimension), dtype=np.float32)
            words: dict[str, int] = {}
            for row, line in enumerate(lines):
                word, *numbers = line.rstrip("\n").split(" ")
                words.setdefault(word, row)
                array[row] = np.array(numbers[:dimension], dtype=np.float32)
        return Vectors(words, array)

    def _read_lexicon(self, name: str) -> Pairs:
        with gzip.open(self._folder / "lexicon" / f"{name}.tsv.gz", "rt", encoding="utf-8") as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
        return [(row[0], row[1]) for row in rows if row[2] in _SENSES]
