"""Firms, their pages and their patents: schema, storage, readers and the one split function."""

from ipml.corpus.splits import split_position, stratified_folds, stratified_part
from ipml.corpus.storage import Corpus, CorpusInfo, load_corpus, write_corpus

__all__ = [
    "Corpus",
    "CorpusInfo",
    "load_corpus",
    "split_position",
    "stratified_folds",
    "stratified_part",
    "write_corpus",
]
