"""Firms, their pages and their patents: schema, storage, readers and the one split function."""

from ipml.corpus.schema import COUNTRIES, FIRM_TYPES, LANGUAGES
from ipml.corpus.splits import fold_of, split_position, stratified_part
from ipml.corpus.storage import Corpus, CorpusInfo, load_corpus, write_corpus

__all__ = [
    "COUNTRIES",
    "FIRM_TYPES",
    "LANGUAGES",
    "Corpus",
    "CorpusInfo",
    "fold_of",
    "load_corpus",
    "split_position",
    "stratified_part",
    "write_corpus",
]
