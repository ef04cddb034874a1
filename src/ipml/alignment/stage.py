"""Stage ``alignment``: fit, score and register the map from a language's word vectors to the English ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from omegaconf import DictConfig

from ipml.alignment import serving
from ipml.alignment.affine import Alignment, length_ratio
from ipml.alignment.bootstrap import fit_bootstrap
from ipml.alignment.data import AlignmentData
from ipml.alignment.lexicon import Lexicon
from ipml.alignment.lexicons import open_lexicon
from ipml.alignment.preprocessing import check_steps, prepare, step_means
from ipml.alignment.retrieval import check_retrieval
from ipml.alignment.scoring import metrics_of, ranks_of, result_table, score_table
from ipml.alignment.vocabulary import Vocabulary, known_pairs, look_up, open_vocabulary, source_weights
from ipml.console import console
from ipml.corpus import Corpus, split_position
from ipml.errors import InputError, check_count, choice_error
from ipml.files import short_hash
from ipml.linear_map.fitting import FittedMap, fit_linear_map
from ipml.linear_map.solvers import random_orthogonal
from ipml.text import Language, open_language
from ipml.tracking import register_model, start_run
from ipml.tracking.registry import registered_name

STAGE = "alignment"
REFERENCE = "en"
PAIR_WEIGHTS = ("source", "pair")


def needs_alignment(config: DictConfig, language: str) -> bool:
    """Whether words of a language need a map to meet the English ones."""
    return language != REFERENCE and not config.embeddings.shared_space


def alignment_name(config: DictConfig, language: str) -> str:
    """Registered name, for example ``alignment-ja-en``."""
    return registered_name(config, STAGE, f"{language}-{REFERENCE}")


def train(config: DictConfig, corpus: Corpus) -> str:
    """Fit the alignment of ``config.language`` with English and register it; returns the version.

    The training dictionary alone decides the map: a validation part of it is held out by a hash of the source
    word, and a source word of the test dictionary is never trained on. No text of the corpus is read, so
    the lineage names vectors and dictionaries but no corpus.

    Raises
    ------
    InputError
        If the language needs no alignment, a dictionary is missing or malformed, or no pair has vectors.
    """
    _check(config)
    settings = config.model
    lexicon, test_lexicon = _read_lexicons(config)
    source_language = open_language(config.embeddings, config.language)
    target_language = open_language(config.embeddings, REFERENCE)
    source = open_vocabulary(source_language, settings.max_words)
    target = open_vocabulary(target_language, settings.max_words)
    train_lexicon, validation_lexicon = _split(lexicon, config)
    train_pairs = known_pairs(train_lexicon, source, target)
    validation_pairs = known_pairs(validation_lexicon, source, target)
    test_pairs = known_pairs(test_lexicon, source, target)
    for part, pairs in (("train", train_pairs), ("test", test_pairs)):
        if not len(pairs):
            raise InputError(f"lexicon.{part}={config.lexicon[part]}: no pair has vectors in both languages")
    pair = f"{config.language}-{REFERENCE}"
    simulated = config.embeddings.name == "simulated"  # no text of the corpus is read
    with start_run(config, STAGE, alignment_name(config, config.language)) as run:
        run.set_tags({"pair": pair, "simulated": simulated})
        run.add_lineage(source_language.lineage, f"language {config.language}")
        run.add_lineage(target_language.lineage, f"language {REFERENCE}")
        dictionaries = short_hash(lexicon.fingerprint, test_lexicon.fingerprint)
        run.add_lineage({f"lexicon-{pair}": dictionaries}, "the dictionaries")
        X, source_means = _prepared(source, config)
        Y, target_means = _prepared(target, config)
        words = [look_up(part, source, target) for part in (test_lexicon, validation_lexicon)]
        by_source = settings.pair_weights == "source"
        weights = source_weights(train_pairs) if by_source else np.ones(len(train_pairs))
        held_out = np.concatenate([part.rows for part in words])
        parts = train_pairs, validation_pairs, test_pairs
        data = AlignmentData(X, Y, *parts, weights, held_out, config.seed)
        fitted = fit_linear_map(settings.map, config.trainer, data, f"alignment {pair}")
        ranks, validation_ranks = ranks_of(fitted.matrix, X, Y, words, settings, fitted.search_matrix)
        random_map = random_orthogonal(Y.shape[1], X.shape[1], config.seed)
        maps = {"fitted": ranks, "random_map": ranks_of(random_map, X, Y, words[:1], settings)[0]}
        table = score_table(maps, words[0], len(Y), settings, config.seed)
        metrics = {**fitted.metrics, **metrics_of(table), **words[0].coverage()}
        if len(validation_ranks):
            metrics["val/accuracy_at_1"] = float((validation_ranks <= 1).mean())
        metrics |= {"n_train_pairs": len(train_pairs), "n_validation_pairs": len(validation_pairs)}
        run.log_metrics({**metrics, **fitted.figures})
        run.log_table("accuracy", table)
        Alignment(
            fitted.matrix,
            source_means,
            target_means,
            length_ratio(fitted.matrix, X, Y),
            tuple(settings.steps),
            _settings(config, fitted, run.lineage, source_language),
            fitted.search_matrix,
        ).save(run.model_folder)
        if settings.bootstrap_maps:
            fit_bootstrap(settings.map, config.trainer, data, settings.bootstrap_maps, run.model_folder)
        version = register_model(run, run.name, Path(serving.__file__))
    title = (
        f"{run.name} version {version}{' (simulated)' if simulated else ''}: accuracy@k by "
        f"{settings.retrieval.method} among {len(Y)} English words; {metrics['test/coverage']:.1%} of "
        f"{len(words[0])} test words have vectors and a known translation"
    )
    console.print(result_table(title, table, settings.bootstrap.level))
    return version


def _check(config: DictConfig) -> None:
    if config.language == REFERENCE:
        raise InputError(f"language={REFERENCE}: English needs no alignment: all languages meet in its space")
    if config.embeddings.shared_space:
        raise InputError(
            f"embeddings={config.embeddings.name}: one space for all languages already; it needs no alignment"
        )
    check_steps(config.model.steps)
    check_retrieval(config.model.retrieval)
    if config.model.pair_weights not in PAIR_WEIGHTS:
        raise choice_error("model.pair_weights", config.model.pair_weights, PAIR_WEIGHTS)
    check_count("model.bootstrap_maps", config.model.bootstrap_maps, low=0)
    if not 0 <= config.model.validation_share < 1:
        raise InputError(f"model.validation_share={config.model.validation_share}: allowed: 0 to below 1")


def _read_lexicons(config: DictConfig) -> tuple[Lexicon, Lexicon]:
    every, test = (open_lexicon(config.lexicon, part, config.language) for part in ("train", "test"))
    lexicon = every.without_sources(test.translations())
    if dropped := len(every) - len(lexicon):
        console.print(f"{dropped} training pairs left out: their source words are in lexicon.test")
    return lexicon, test


def _split(lexicon: Lexicon, config: DictConfig) -> tuple[Lexicon, Lexicon]:
    """Training and validation part: a source word has all its pairs in one of them."""
    words = list(lexicon.translations())
    position = split_position(words, config.seed, "lexicon")
    held_out = {word for word, x in zip(words, position, strict=True) if x < config.model.validation_share}
    validation = Lexicon(tuple(pair for pair in lexicon.pairs if pair[0] in held_out))
    return lexicon.without_sources(held_out), validation


def _prepared(
    vocabulary: Vocabulary, config: DictConfig
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    steps = list(config.model.steps)
    means = step_means(vocabulary.vectors, steps)
    return prepare(vocabulary.vectors, steps, means), means


def _settings(
    config: DictConfig, fitted: FittedMap, lineage: Mapping[str, str], source: Language
) -> dict[str, Any]:
    return {
        "pair": f"{config.language}-{REFERENCE}",
        "solver": config.model.map.module._target_,
        "figures": fitted.figures,
        "source_dimension": fitted.matrix.shape[1],
        "target_dimension": fitted.matrix.shape[0],
        "seed": config.seed,
        "lineage": dict(lineage),
        "source_language": source.settings,
    }
