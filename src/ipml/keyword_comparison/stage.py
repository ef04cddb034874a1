"""Stage ``compare_keywords``: how well each keyword set tells who holds patents, beside the published table."""

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from ipml.allowed import check_stage
from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.labels import Exclusions, exclusions_line, labelled_firms, log_exclusions
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.keywords.selection import check_selection, name_words
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.dual_attention.network.factory import model_settings, needs_order
from ipml.errors import check_count, check_range, choice_error
from ipml.keyword_comparison.classifiers import FEATURES
from ipml.keyword_comparison.keyword_sets import firm_words
from ipml.keyword_comparison.scores import Row, as_table, score_rows
from ipml.keyword_comparison.sentence_encoders import open_sentence_encoder
from ipml.keyword_comparison.splits import Firms, run_splits, size_rows
from ipml.keyword_comparison.table import difference_table, published_rows, score_tables
from ipml.text import open_language
from ipml.text.kinds import package_version
from ipml.tracking import Run, start_run
from ipml.tracking.registry import registered_name

STAGE = "compare_keywords"
_SMALLEST_SHARE = 0.001


def compare(config: DictConfig, corpus: Corpus) -> pd.DataFrame:
    """Compare the keyword sets of a country's firms whose label is known.

    Parameters
    ----------
    config
        Of ``ipml compare_keywords``.
    corpus
        Firms with ``has_patent`` and their pages.

    Returns
    -------
    The results as tidy rows (`scores.Row`), as they are saved.

    Raises
    ------
    InputError
        If a value is not allowed, a package is missing, or there is nothing to learn from.
    """
    check_values(config)
    keybert = package_version("keybert", STAGE, "pip install 'ipml[keybert]'")
    country, model = config.country.name, config.model
    token_encoder = encoder_lineage(model_settings(model).get("encoder"))
    known, unlabelled = labelled_firms(corpus, country)
    language = open_language(config.embeddings, config.language)
    encoder = open_sentence_encoder(config.sentence_encoder, language)
    kinds = config.country.page_kinds
    sites = read_sites(
        corpus,
        known.index.tolist(),
        language,
        kinds,
        model.max_pages,
        model.max_tokens,
        in_order=needs_order(model),
    )
    known = known.loc[list(sites.firm_ids)]
    labels = known["has_patent"].to_numpy(dtype=np.float32)
    name = registered_name(config, STAGE, country)
    # Only now: KeyBERT takes seconds to import.
    from ipml.keyword_comparison.keybert_words import page_texts, word_cosines

    with start_run(config, STAGE, name) as run:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        run.add_lineage(language.lineage, f"embeddings={config.embeddings.name}")
        run.add_lineage(token_encoder, "model.encoder")
        run.add_lineage({"sentence_encoder": encoder.fingerprint, "keybert": keybert}, "KeyBERT")
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        texts = page_texts(corpus, sites, language.code, kinds, model.max_pages)
        firms = Firms(
            sites,
            labels,
            names=name_words(known, sites, language.tokenizer),
            pairs=firm_words(sites),
            cosines=word_cosines(sites, texts, encoder),
        )
        outcome = run_splits(firms, config, name)
        common = Row(
            seeds=f"{config.seed}-{config.seed + config.seeds - 1}",
            simulated=corpus.info.simulated,
            models=f"dual_attn of {model.n_folds} folds; keybert {keybert}, {encoder.fingerprint}",
        )
        predictions = {variant: np.array(found) for variant, found in outcome.predictions.items()}
        rows = score_rows(labels > 0, np.array(outcome.training), predictions, config.seed, common)
        results = as_table([*rows, *size_rows(outcome, common), *published_rows()])
        exclusions = {**unlabelled, **sites.exclusions}
        run.log_table("results", results, csv=True)
        run.log_metrics({"n_firms": len(sites), "n_with_patents": int(labels.sum())})
        log_exclusions(run, exclusions)
    _print(run, results, config, corpus.info.simulated, exclusions)
    return results


def check_values(config: DictConfig) -> None:
    """Refuse values that are not allowed.

    Raises
    ------
    InputError
        For the first of them.
    """
    check_stage(config.model)
    check_count("seeds", config.seeds)
    check_range("test_share", config.test_share, 0.05, 0.95)
    check_selection(config.selection)
    check_range("both_share", config.both_share, _SMALLEST_SHARE, 1)
    check_count("forest.trees", config.forest.trees)
    check_count("forest.depth", config.forest.depth)
    if config.features not in FEATURES:
        raise choice_error("features", config.features, FEATURES)


def _print(
    run: Run, results: pd.DataFrame, config: DictConfig, simulated: bool, exclusions: Exclusions
) -> None:
    firms = f"{config.country.name} firms, {config.language}{' (simulated)' if simulated else ''}"
    title = f"Patents yes or no from keywords, {firms}"
    for table in score_tables(results, title):
        console.print(table)
    console.print(difference_table(results, title))
    lines = [
        f"macro averages, means over splits: {config.seeds}; features: {config.features}; KeyBERT's encoder: "
        f"{config.sentence_encoder.kind}",
        "leak-free: no network has seen the label of a firm whose words it picks; leaking: each of them has",
        exclusions_line(exclusions),
        f"results: {run.folder}",
    ]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
