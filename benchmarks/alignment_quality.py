"""Words translated into English: AC@k of every aligner and retrieval, and of the fused aligner, on held-out words.

The configuration is chosen inside the training dictionary, by AC@1 on a fifth of its words; the figure is the chosen
one's AC@1 on the test dictionary. Options: ``lexicon.train=FILE.tsv``, ``lexicon.test=FILE.tsv`` (senses 1 and 2),
``vectors.source=FILE.vec[,FILE…]``, ``vectors.target=FILE.vec[,FILE…]`` (the words of the first take part, further
files are looked up by them), ``language=ja`` (or zh), ``written_form=no``, ``encoder=yes`` (the multilingual encoder,
which was trained on translations, as a further embedding), ``linear=no`` (the fused aligner alone), ``cache=DIR``,
``row=WORDS name=WORDS`` (row and column of the page that the fused aligner's figures are for).
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig, open_dict
from rich.table import Table

from benchmarks.figures import Figure, Measured, share
from benchmarks.options import refuse_others, switch
from benchmarks.result import report
from ipml.alignment.accuracy import accuracy_table, first_hits, ranks_of
from ipml.alignment.fusion.dictionary import make_dictionary
from ipml.alignment.fusion.fitting import FusedFitting
from ipml.alignment.fusion.stage import open_views
from ipml.alignment.retrieval import METHODS
from ipml.alignment.task import AlignmentTask, dictionary_folds, open_task
from ipml.config import compose_config, read_settings
from ipml.console import console, track
from ipml.errors import InputError
from ipml.linear_map.fitting import fit_linear_map
from ipml.published import LABEL, published_table
from ipml.statistics.intervals import Bootstrap

NAME = "alignment_quality"
ALIGNERS = (
    "identity",
    "least_squares",
    "ridge",
    "orthogonal",
    "cca",
    "rcsls",
    "mutual_refinement",
    "self_learning",
)
KEYS = (
    "lexicon.train",
    "lexicon.test",
    "vectors.source",
    "vectors.target",
    "language",
    "written_form",
    "encoder",
    "linear",
    "cache",
    "row",
    "name",
)
VALIDATION_SHARE = 0.2

Ranks = npt.NDArray[np.int64]


class Inputs(NamedTuple):
    """Files by option, the source language, and the folder of converted vectors."""

    files: dict[str, list[str]]
    language: str
    cache: str


class Row(NamedTuple):
    """A configuration: how it did on the validation words inside train, and its ranks of the test words."""

    name: str
    retrieval: str
    validation: float
    ranks: Ranks


def run(options: dict[str, str]) -> Measured:
    """Fit every configuration, print the table and the chosen one's figure."""
    files = {key: _files(options, key) for key in KEYS[:4]}
    language = options.pop("language", "ja")
    form, encoder = switch(options, "written_form", True), switch(options, "encoder", False)
    linear, given = switch(options, "linear", True), options.pop("cache", None)
    where = f"{options.pop('row', 'fused')}/{options.pop('name', language)}"
    refuse_others(options, KEYS)
    with _folder(given) as cache:
        inputs = Inputs(files, language, cache)
        task = open_task(_settings(_config(inputs, "model=alignment")))
        rows = list(_linear_rows(inputs)) if linear else []
        rows.append(_fused_row(_fused_config(inputs, form, encoder)))
    _print(rows, task)
    chosen = max(rows, key=lambda row: row.validation)
    words = task.words()[0]
    known = words.n_correct > 0
    accuracy = float((chosen.ranks[known] <= 1).mean())
    console.print(
        f"chosen inside train: {chosen.name}, {chosen.retrieval}; AC@1 {accuracy:.3f} of {known.sum()} test words "
        f"with a known translation, {(chosen.ranks <= 1).mean():.3f} of all {len(known)} with a vector"
    )
    if encoder:
        console.print("the encoder was trained on translations: what it adds is no credit to the aligner")
    report(NAME, round(accuracy, 4), "AC@1 of words with a known translation", n=int(known.sum()), seed=0)
    found = rows[-1].ranks[known]
    figures = [share(f"fused/{where}/{'AC@1' if k == 1 else k}", found <= k) for k in (1, 5, 10, 100)]
    return Measured("alignment", [in_per_cent(figure) for figure in figures], "0")


def in_per_cent(figure: Figure) -> Figure:
    """A share in per cent, as the page has it."""
    value, low, high = (
        None if part is None else 100 * part for part in (figure.value, figure.low, figure.high)
    )
    return replace(figure, value=value, low=low, high=high, unit="%")


def _linear_rows(inputs: Inputs) -> Iterator[Row]:
    """Every aligner with every retrieval: fitted to four fifths of train for the choice, to all of it for the test."""
    for aligner in track(ALIGNERS, "aligners"):
        config = _config(inputs, "model=alignment", f"aligner@model.map={aligner}")
        stopping = 0.0 if config.model.map.patience is None else 0.1  # early stopping needs words of its own
        try:
            inner, whole = (_searched(config, share) for share in (VALIDATION_SHARE, stopping))
        except InputError as error:  # the identity of two dimensions
            console.print(f"{aligner} is left out: {error}")
            continue
        for method, (_, validation), (test, _) in zip(METHODS, inner, whole, strict=True):
            yield Row(aligner, method, float((validation <= 1).mean()), test)


def _searched(config: DictConfig, validation_share: float) -> list[tuple[Ranks, Ranks]]:
    """Ranks of the test words and of the validation words with a translation, by each retrieval."""
    config.model.validation_share = validation_share
    settings = _settings(config)
    task, model = open_task(settings), settings.model
    data = task.data(model.pair_weights, settings.seed)
    fitted = fit_linear_map(model.map, settings.trainer, data, "map")
    test, validation = task.words()
    found = []
    for method in METHODS:
        retrieval = model.retrieval.model_copy(update={"method": method})
        how = (max(model.accuracy_at), retrieval, fitted.search_matrix)
        ranks = ranks_of(fitted.matrix, data.X, data.Y, (test, validation), *how)
        found.append((ranks[0], ranks[1][validation.n_correct > 0]))
    return found


def _fused_row(config: DictConfig) -> Row:
    """The fused aligner; its choice is judged on the same words, each ranked without its own fold."""
    settings = _settings(config)
    task, model = open_task(settings), settings.model
    views, _ = open_views(model, task)
    dictionary = make_dictionary(task.train, task.source.row, task.target.row)
    words = task.source.words, task.target.words
    fitting = FusedFitting(words, views, model, settings.trainer, settings.seed)
    fold = dictionary_folds(list(dictionary.words), model.n_folds, settings.seed)
    stack = fitting.stacked(dictionary, fold)
    validation = first_hits(fitting.cross_validated(stack), stack.translations)
    tested = task.words()[0]
    ranks = first_hits(fitting.fit(dictionary, stack).translate(tested.rows)[0], tested.correct)
    inner = np.isin(stack.rows, _validation_rows(config))
    return Row("fused", "ranker", float((validation[inner] <= 1).mean()), ranks)


def _validation_rows(config: DictConfig) -> Ranks:
    """Source rows of the words that the other configurations are chosen by."""
    inner = config.copy()
    inner.model.validation_share = VALIDATION_SHARE
    words = open_task(_settings(inner)).words()[1]
    return words.rows[words.n_correct > 0]


def _files(options: dict[str, str], key: str) -> list[str]:
    paths = options.pop(key, "").split(",")
    for path in paths:
        if not Path(path).is_file():
            raise InputError(
                f"{key}={path}: no such file" if path else f"{key}: a file is needed, as {key}=FILE"
            )
    if len(paths) > 1 and not key.startswith("vectors."):
        raise InputError(f"{key}={','.join(paths)}: one file is needed")
    return [str(Path(path).absolute()) for path in paths]


def _config(inputs: Inputs, *overrides: str) -> DictConfig:
    """Configuration of ``train`` with the first file of each language and the dictionaries."""
    no_corpus = ["data=corpus", f"data.root='{inputs.cache}'"]  # none is read
    config = compose_config("train", [*no_corpus, "embeddings=vec", "lexicon=corpus", *overrides])
    config.language = inputs.language
    config.embeddings.languages = _languages(inputs, config.reference_language, 0)
    config.lexicon.train, config.lexicon.test = (
        inputs.files["lexicon.train"][0],
        inputs.files["lexicon.test"][0],
    )
    config.model.max_words = None
    return config


def _settings(config: DictConfig) -> Any:
    """Settings of ``train``, checked."""
    return read_settings(config, "train")


def _languages(inputs: Inputs, reference: str, number: int) -> dict[str, Any]:
    """Word vectors of both languages from the files of that number; a list may be shorter than the other."""
    sides = {inputs.language: inputs.files["vectors.source"], reference: inputs.files["vectors.target"]}
    return {
        code: {
            "vectors": {"kind": "text", "path": paths[number], "cache": inputs.cache},
            "tokenizer": {"kind": "whitespace"},  # no text is read
        }
        for code, paths in sides.items()
        if number < len(paths)
    }


def _fused_config(inputs: Inputs, form: bool, encoder: bool) -> DictConfig:
    overrides = ["+embeddings@model.further.encoder=encoder", f"paths.data={inputs.cache}"] if encoder else []
    config = _config(inputs, "model=fused_alignment", "model.validation_share=0", *overrides)
    n_files = max(len(inputs.files["vectors.source"]), len(inputs.files["vectors.target"]))
    with open_dict(config):
        for number in range(1, n_files):
            further = {
                "name": "vec",
                "shared_space": False,
                "languages": _languages(inputs, config.reference_language, number),
            }
            config.model.further[f"file{number + 1}"] = further
        if not form:
            config.model.written_form = None
    return config


@contextmanager
def _folder(given: str | None) -> Iterator[str]:
    if given is not None:
        yield str(Path(given).absolute())
        return
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def _print(rows: list[Row], task: AlignmentTask) -> None:
    """Show every configuration in both columns, and the published figures, which are of another test."""
    words, ks = task.words()[0], [1, 5, 10, 100]
    title = (
        f"AC@k among {len(task.target.words)} English words; of {len(words)} test words "
        f"{words.n_without_vector} have no vector, {(words.n_correct > 0).sum()} a known translation"
    )
    table = Table("aligner", "retrieval", "inside train", "AC@1, 95%", title=title)
    for header in (*(f"AC@{k}" for k in ks), "AC@1 of all"):
        table.add_column(header)
    for row in rows:
        frame = accuracy_table(
            row.ranks, words.n_correct, words.n_without_vector, ks, Bootstrap(1000, 0.95, seed=0)
        )
        scores = {(r["column"], r["k"]): r for r in frame.to_dict("records")}
        first = scores["known", 1]
        cells = [f"{row.validation:.3f}", f"{first['low']:.3f} to {first['high']:.3f}"]
        cells += [f"{scores['known', k]['value']:.3f}" for k in ks]
        table.add_row(row.name, row.retrieval, *cells, f"{scores['accuracy', 1]['value']:.3f}")
    for published in published_table("alignment").to_dict("records"):
        cells = [f"{published[f'ac{k}']:.2f}" for k in ks]
        table.add_row(f"{published['pair']} {published['method']}", LABEL, "", "", *cells, "")
    console.print(table)
    console.print(
        "AC@k of the test words with a translation among the candidates; of all: the others with a vector count as "
        "wrong. The published figures come from another dictionary and sample: not the same test."
    )
