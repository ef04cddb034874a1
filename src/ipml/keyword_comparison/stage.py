"""Stage ``compare_keywords``: how well each keyword set tells who holds patents, beside the published table."""

import numpy as np
import pandas as pd

from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.labels import Exclusions, exclusions_line, labelled_firms, log_exclusions
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.keywords.selection import name_words
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.dual_attention.network.factory import reading_of, saved_settings
from ipml.dual_attention.training.fold_checkpoints import open_checkpoints
from ipml.keyword_comparison.keyword_sets import firm_words
from ipml.keyword_comparison.scores import Row, as_table, score_rows
from ipml.keyword_comparison.sentence_encoders import open_sentence_encoder
from ipml.keyword_comparison.settings import CompareKeywordsSettings
from ipml.keyword_comparison.splits import Firms, run_splits, size_rows, work_line
from ipml.keyword_comparison.table import difference_table, published_rows, score_tables
from ipml.text import open_language
from ipml.text.kinds import package_version
from ipml.tracking import Run, Workspace

STAGE = "compare_keywords"
# Keys that decide what a split finds; more `seeds` are further splits.
DECISIVE = (
    "model",
    "trainer",
    "country",
    "language",
    "seed",
    "selection",
    "test_share",
    "both_share",
    "features",
    "forest",
)


def compare(settings: CompareKeywordsSettings, workspace: Workspace, corpus: Corpus) -> pd.DataFrame:
    """Compare the keyword sets of a country's firms whose label is known.

    Parameters
    ----------
    settings, workspace
        Of ``ipml compare_keywords``.
    corpus
        Firms with ``has_patent`` and their pages.

    Returns
    -------
    The results as tidy rows (`scores.Row`), as they are saved.

    Raises
    ------
    InputError
        If a package is missing, or there is nothing to learn from.
    """
    keybert = package_version("keybert", STAGE, "pip install 'ipml[keybert]'")
    country, model = settings.country.name, settings.model
    saved = saved_settings(model)
    token_encoder = encoder_lineage(saved.get("encoder"), settings.allow_download)
    known, unlabelled = labelled_firms(corpus, country)
    language = open_language(settings.embeddings, settings.language)
    encoder = open_sentence_encoder(settings.sentence_encoder.model_dump(), language, settings.allow_download)
    kinds = settings.country.page_kinds
    sites = read_sites(
        corpus,
        known.index.tolist(),
        language,
        kinds,
        **reading_of(saved),
    )
    known = known.loc[list(sites.firm_ids)]
    labels = known["has_patent"].to_numpy(dtype=np.float32)
    name = workspace.name(STAGE, country)
    # Only now: KeyBERT takes seconds to import.
    from ipml.keyword_comparison.keybert_words import page_texts, word_cosines

    lineage = {
        "corpus": corpus.info.hash,
        **language.lineage,
        **token_encoder,
        "sentence_encoder": encoder.fingerprint,
        "keybert": keybert,
    }
    kept = open_checkpoints(settings, DECISIVE, lineage)
    with workspace.start_run(STAGE, name) as run, kept as checkpoints:
        console.print(work_line(settings, name), highlight=False, soft_wrap=True)
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        run.add_lineage(language.lineage, f"embeddings={settings.embeddings.name}")
        run.add_lineage(token_encoder, "model.encoder")
        run.add_lineage({"sentence_encoder": encoder.fingerprint, "keybert": keybert}, "KeyBERT")
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        texts = page_texts(corpus, sites, language.code, kinds, model.max_pages)
        firms = Firms(
            sites,
            labels,
            names=name_words(known, sites, language.tokenizer),
            pairs=firm_words(sites),
            cosines=checkpoints.arrays("keybert", lambda: {"cosines": word_cosines(sites, texts, encoder)})[
                "cosines"
            ],
        )
        outcome = run_splits(firms, settings, name, checkpoints)
        common = Row(
            seeds=f"{settings.seed}-{settings.seed + settings.seeds - 1}",
            simulated=corpus.info.simulated,
            models=f"dual_attn of {model.n_folds} folds; keybert {keybert}, {encoder.fingerprint}",
        )
        predictions = {variant: np.array(found) for variant, found in outcome.predictions.items()}
        rows = score_rows(labels > 0, np.array(outcome.training), predictions, settings.seed, common)
        results = as_table([*rows, *size_rows(outcome, common), *published_rows()])
        exclusions = {**unlabelled, **sites.exclusions}
        run.log_table("results", results, csv=True)
        run.log_metrics({"n_firms": len(sites), "n_with_patents": int(labels.sum())})
        log_exclusions(run, exclusions)
    _print(run, results, settings, corpus.info.simulated, exclusions)
    return results


def _print(
    run: Run,
    results: pd.DataFrame,
    settings: CompareKeywordsSettings,
    simulated: bool,
    exclusions: Exclusions,
) -> None:
    firms = f"{settings.country.name} firms, {settings.language}{' (simulated)' if simulated else ''}"
    title = f"Patents yes or no from keywords, {firms}"
    for table in score_tables(results, title):
        console.print(table)
    console.print(difference_table(results, title))
    lines = [
        f"macro averages, means over splits: {settings.seeds}; features: {settings.features}; KeyBERT's encoder: "
        f"{settings.sentence_encoder.kind}",
        "leak-free: no network has seen the label of a firm whose words it picks; leaking: each of them has",
        exclusions_line(exclusions),
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
