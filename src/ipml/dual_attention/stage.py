"""Stage ``dual_attn``: train, cross-fit, measure and register the model of a country."""

from pathlib import Path

import numpy as np
import pandas as pd
from omegaconf import DictConfig, OmegaConf

from ipml.allowed import check_stage
from ipml.corpus import Corpus, stratified_folds
from ipml.corpus.labels import labelled_firms, log_exclusions
from ipml.dual_attention import serving
from ipml.dual_attention.bundle import STAGE
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.diagnostics import N_RESAMPLES, attention_figures, controls, measure, print_figures
from ipml.dual_attention.network.encoder import encoder_lineage
from ipml.dual_attention.network.factory import model_settings, needs_order
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.dual_attention.training.fold_checkpoints import open_fold_checkpoints
from ipml.dual_attention.training.holdout import HOLDOUT, score_holdout, split_holdout
from ipml.dual_attention.training.warm_start import open_start
from ipml.errors import InputError
from ipml.text import open_language
from ipml.tracking import HeldOut, TrainedModel, finish_training, start_run
from ipml.tracking.epoch_loggers import epoch_loggers
from ipml.tracking.held_out import AUC
from ipml.tracking.registry import find_checkpoint, registered_name
from ipml.tracking.runs import is_listened_to, report


def train(config: DictConfig, corpus: Corpus) -> TrainedModel:
    """Train one network a fold on the labelled firms of a country and register them as one model.

    Parameters
    ----------
    config
        Of ``ipml train model=dual_attn``.
    corpus
        Firms with ``has_patent`` and their pages.

    Raises
    ------
    InputError
        If there is nothing to learn from: no labels, one class, no pages of the language, no known words; or if the
        model that ``ckpt_path`` names is not one to start from.
    """
    model, country = config.model, config.country.name
    check_stage(model)
    if model.kept_aside.scored and not model.kept_aside.share:
        raise InputError("model.kept_aside.scored=true: model.kept_aside.share above 0 is needed")
    settings = model_settings(model)
    encoder = encoder_lineage(settings.get("encoder"))
    checkpoint = find_checkpoint(config)
    firms, unlabelled = labelled_firms(corpus, country)
    firms, holdout = split_holdout(firms, model.kept_aside.share, config.seed)
    language = open_language(config.embeddings, config.language)
    sites = read_sites(
        corpus,
        firms.index.tolist(),
        language,
        config.country.page_kinds,
        model.max_pages,
        model.max_tokens,
        in_order=needs_order(model),
    )
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=np.float32)
    name = registered_name(config, STAGE, country)
    read = {**language.lineage, **encoder}
    start = None
    if checkpoint is not None:
        fold = stratified_folds(sites.firm_ids, labels, model.n_folds, config.seed)
        folds = dict(zip(sites.firm_ids, fold.tolist(), strict=True))
        start = open_start(checkpoint, config, read, sites.words, folds, holdout.index)
        read |= checkpoint.lineage(name)
    read["corpus"] = corpus.info.hash
    with start_run(config, STAGE, name) as run, open_fold_checkpoints(config, read) as checkpoints:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        run.add_lineage(language.lineage, f"embeddings={config.embeddings.name}")
        run.add_lineage(encoder, "model.encoder")
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(name), "ckpt_path")
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        on_fold = report if is_listened_to() else None
        bundle = cross_fit(
            sites, labels, config, epoch_loggers(config, run), name, on_fold, start, checkpoints
        )
        bundle.settings.update(
            country=country,
            language=language.code,
            language_settings=language.settings,
            lineage=dict(run.lineage),
            page_kinds=OmegaConf.to_container(config.country)["page_kinds"],  # type: ignore[call-overload, index]
            seed=config.seed,
            model=settings,
        )
        bundle.save(run.model_folder)
        scores = bundle.score(sites)
        metrics = measure(labels.astype(bool), scores.probabilities, config.seed)
        metrics |= attention_figures(sites, scores)
        exclusions = {**unlabelled, **sites.exclusions}
        metrics["known_share"] = sites.known_share
        if model.controls:
            metrics |= controls(sites, labels, config, name, checkpoints)
        if model.kept_aside.scored:
            figures, unseen = score_holdout(bundle, corpus, holdout, language, config, N_RESAMPLES)
            metrics |= figures
            unseen.log(run, HOLDOUT)
        run.log_metrics(metrics)
        log_exclusions(run, exclusions)
        probabilities = scores.probabilities.astype(np.float64)
        data = {"corpus": corpus.info.hash}
        HeldOut(AUC, data, list(sites.firm_ids), probabilities, labels > 0).log(run)
        example = pd.DataFrame({"firm_id": ["a firm"] * 2, "text": [" ".join(sites.words[:5]), ""]})
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    print_figures(trained.title, metrics, exclusions, corpus.info.simulated, "cross-fitted")
    return trained
