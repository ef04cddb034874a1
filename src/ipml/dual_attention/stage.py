"""Stage ``dual_attn``: train, cross-fit, measure and register the model of a country."""

from pathlib import Path

import numpy as np
import pandas as pd

from ipml.console import console
from ipml.corpus import Corpus
from ipml.corpus.labels import labelled_firms, log_exclusions
from ipml.dual_attention import serving
from ipml.dual_attention.bundle import STAGE
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.diagnostics.diagnose import (
    Looked,
    control_gains,
    default_selection,
    diagnose,
    page_kinds,
)
from ipml.dual_attention.diagnostics.figures import (
    N_RESAMPLES,
    attention_figures,
    controls,
    measure,
    print_figures,
)
from ipml.dual_attention.diagnostics.verdict import FILE, judge
from ipml.dual_attention.keywords.selection import name_words
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.dual_attention.network.factory import reading_of, saved_settings
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.stack.blocks import encoder_fingerprint
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.dual_attention.training.fold_checkpoints import open_fold_checkpoints
from ipml.dual_attention.training.folds import fold_of_sites, same_pages
from ipml.dual_attention.training.holdout import HOLDOUT, score_holdout, split_holdout
from ipml.dual_attention.training.warm_start import open_start
from ipml.text import open_language
from ipml.tracking import HeldOut, TrainedModel, Workspace, finish_training
from ipml.tracking.failed_diagnostics import TAG
from ipml.tracking.held_out import AUC
from ipml.tracking.runs import is_listened_to, report_score


def train(settings: DualAttentionTraining, workspace: Workspace, corpus: Corpus) -> TrainedModel:
    """Train one network a fold on the labelled firms of a country and register them as one model.

    Parameters
    ----------
    settings, workspace
        Of ``ipml train model=dual_attn``.
    corpus
        Firms with ``has_patent`` and their pages.

    Raises
    ------
    InputError
        If there is nothing to learn from: no labels, one class, no pages of the language, no known words; or if the
        model that ``ckpt_path`` names is not one to start from.
    """
    model, country, seed = settings.model, settings.country.name, settings.seed
    saved = saved_settings(model)
    encoder = encoder_lineage(saved["encoder"], settings.allow_download)
    of_stack = encoder_fingerprint(saved)
    if encoder and (folder := Path(saved["encoder"]["path"])).is_dir():
        workspace.reach.note(folder)
    checkpoint = workspace.find_checkpoint(settings.ckpt_path)
    firms, unlabelled = labelled_firms(corpus, country)
    firms, holdout = split_holdout(firms, model.kept_aside.share, seed)
    language = open_language(settings.embeddings, settings.language)
    sites = read_sites(
        corpus,
        firms.index.tolist(),
        language,
        settings.country.page_kinds,
        **reading_of(saved),
    )
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=np.float32)
    name = workspace.name(STAGE, country)
    read = {**language.lineage, **encoder, **of_stack}
    start = None
    if checkpoint is not None:
        fold = fold_of_sites(sites, labels, model.n_folds, seed, same_pages(sites))
        folds = dict(zip(sites.firm_ids, fold.tolist(), strict=True))
        start = open_start(checkpoint, model, seed, read, sites.words, folds, holdout.index)
        read |= checkpoint.lineage(name)
    read["corpus"] = corpus.info.hash
    with workspace.start_run(STAGE, name) as run, open_fold_checkpoints(settings, read) as checkpoints:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        run.add_lineage(language.lineage, f"embeddings={settings.embeddings.name}")
        run.add_lineage(encoder, "model.encoder")
        run.add_lineage(of_stack, "model.stack.encoder")
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(name), "ckpt_path")
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        on_fold = report_score if is_listened_to() else None
        bundle = cross_fit(
            sites,
            labels,
            model,
            settings.trainer,
            seed,
            workspace.epoch_loggers(run),
            name,
            on_fold,
            start,
            checkpoints,
        )
        bundle.settings.update(
            country=country,
            language=language.code,
            language_settings=language.settings,
            lineage=dict(run.lineage),
            page_kinds=settings.country.page_kinds,
            seed=seed,
            model=saved,
        )
        scores = bundle.score(sites)
        metrics = measure(labels.astype(bool), scores.probabilities, seed)
        metrics |= attention_figures(sites, scores)
        exclusions = {**unlabelled, **sites.exclusions}
        metrics["known_share"] = sites.known_share
        if dropped := bundle.settings["dropped"]:
            run.set_tags({"dropped": "; ".join(dropped)})
        if model.n_seeds > 1:
            metrics |= {"networks": len(bundle.folds) + len(dropped), "networks_dropped": len(dropped)}
        if model.controls:
            metrics |= controls(sites, labels, model, settings.trainer, seed, name, checkpoints)
        names = name_words(firms.loc[list(sites.firm_ids)], sites, language.tokenizer)
        kinds = page_kinds(corpus, sites, language.code)
        looked = Looked.of(bundle, sites, scores)
        found = diagnose(looked, sites, labels, names, default_selection(), seed, kinds)
        verdict = judge(found | control_gains(metrics))
        verdict.write(run.model_folder)  # before the model, whose hash is of all files beside it too
        bundle.save(run.model_folder)
        if model.kept_aside.scored:
            figures, unseen = score_holdout(bundle, corpus, holdout, language, N_RESAMPLES, seed)
            metrics |= figures
            unseen.log(run, HOLDOUT)
        run.log_metrics(metrics | verdict.metrics)
        log_exclusions(run, exclusions)
        probabilities = scores.probabilities.astype(np.float64)
        data = {"corpus": corpus.info.hash}
        HeldOut(AUC, data, list(sites.firm_ids), probabilities, labels > 0).log(run)
        example = pd.DataFrame({"firm_id": ["a firm"] * 2, "text": [" ".join(sites.words[:5]), ""]})
        run.set_tags({TAG: verdict.tag})
        run.log_file(run.model_folder / FILE)
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    print_figures(trained.title, metrics, exclusions, corpus.info.simulated, "cross-fitted")
    console.print("\n".join(verdict.lines()), highlight=False, soft_wrap=True)
    return trained
