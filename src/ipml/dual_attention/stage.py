"""Stage ``dual_attn``: train, cross-fit, measure and register the model of a country."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from omegaconf import DictConfig, OmegaConf

from ipml.allowed import check_stage
from ipml.console import console
from ipml.corpus import Corpus, stratified_folds
from ipml.dual_attention import serving
from ipml.dual_attention.attention import relative_entropy
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.encoder import encoder_lineage
from ipml.dual_attention.kept_aside import KEPT_ASIDE, part_firms, score_kept_aside
from ipml.dual_attention.kept_folds import KeptFolds, kept_folds
from ipml.dual_attention.left_out import LeftOut, left_out_line, log_left_out
from ipml.dual_attention.networks import model_settings, needs_order
from ipml.dual_attention.sites import Sites, read_sites
from ipml.dual_attention.training import cross_fit
from ipml.dual_attention.warm_start import open_start
from ipml.errors import InputError
from ipml.published import published_pages_kept
from ipml.statistics.classification import classification_metrics, metrics_with_intervals
from ipml.text import open_language
from ipml.tracking import HeldOut, TrainedModel, finish_training, start_run
from ipml.tracking.checkpoint import find_checkpoint
from ipml.tracking.epoch_loggers import epoch_loggers
from ipml.tracking.held_out import AUC
from ipml.tracking.intermediate import is_listened_to, report
from ipml.tracking.registry import registered_name

STAGE = "dual_attn"
N_RESAMPLES = 1000


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
    firms, kept_aside = part_firms(firms, model.kept_aside.share, config.seed)
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
        start = open_start(checkpoint, config, read, sites.words, folds, kept_aside.index)
        read |= checkpoint.lineage(name)
    read["corpus"] = corpus.info.hash
    with start_run(config, STAGE, name) as run, kept_folds(config, read) as kept:
        run.add_lineage({"corpus": corpus.info.hash}, str(corpus.root))
        run.add_lineage(language.lineage, f"embeddings={config.embeddings.name}")
        run.add_lineage(encoder, "model.encoder")
        if checkpoint is not None:
            run.add_lineage(checkpoint.lineage(name), "ckpt_path")
        run.set_tags({"country": country, "language": language.code, "simulated": corpus.info.simulated})
        on_fold = report if is_listened_to() else None
        bundle = cross_fit(sites, labels, config, epoch_loggers(config, run), name, on_fold, start, kept)
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
        left_out = {**unlabelled, **sites.left_out}
        metrics["known_share"] = sites.known_share
        if model.controls:
            metrics |= controls(sites, labels, config, name, kept)
        if model.kept_aside.scored:
            figures, unseen = score_kept_aside(bundle, corpus, kept_aside, language, config, N_RESAMPLES)
            metrics |= figures
            unseen.log(run, KEPT_ASIDE)
        run.log_metrics(metrics)
        log_left_out(run, left_out)
        probabilities = scores.probabilities.astype(np.float64)
        data = {"corpus": corpus.info.hash}
        HeldOut(AUC, data, list(sites.firm_ids), probabilities, labels > 0).log(run)
        example = pd.DataFrame({"firm_id": ["a firm"] * 2, "text": [" ".join(sites.words[:5]), ""]})
        trained = finish_training(run, Path(serving.__file__), serving.signature(), example)
    print_figures(trained.title, metrics, left_out, corpus.info.simulated, "cross-fitted")
    return trained


def labelled_firms(corpus: Corpus, country: str) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Firms of a country whose ``has_patent`` is known, by ``firm_id``, and those left out and why.

    Raises
    ------
    InputError
        If no firm has a label, or all have the same.
    """
    firms = corpus.firms(country).set_index("firm_id")
    if firms.empty:
        raise InputError(f"country={country}: no firm of this country in {corpus.root}")
    known = firms[firms["has_patent"].notna()]
    if known.empty:
        raise InputError(
            f"country={country}: has_patent is unknown for all {len(firms)} firms in {corpus.root}; "
            "needed: some true and some false"
        )
    with_patents = int(known["has_patent"].astype(bool).sum())
    if with_patents in (0, len(known)):
        value = "true" if with_patents else "false"
        raise InputError(
            f"country={country}: has_patent is {value} for all {len(known)} firms where it is known, in "
            f"{corpus.root}; needed: some true and some false"
        )
    return known, {"has_patent unknown": firms.index[firms["has_patent"].isna()].tolist()}


def measure(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], seed: int
) -> dict[str, float]:
    """Metrics under ``test/`` with their intervals, what the share of the classes alone gives, and the counts."""
    metrics: dict[str, float] = {}
    for name, (value, low, high) in metrics_with_intervals(labels, probabilities, N_RESAMPLES, seed).items():
        metrics |= {f"test/{name}": value, f"test/{name}_low": low, f"test/{name}_high": high}
    share = float(labels.mean())
    return metrics | {
        "test/larger_class_accuracy": max(share, 1 - share),
        "test/share_brier": share * (1 - share),
        "n_firms": len(labels),
        "n_with_patents": int(labels.sum()),
    }


def attention_figures(sites: Sites, scores: SiteScores) -> dict[str, float]:
    """How far the attention is from uniform: entropy over log length, and pages with any weight a firm."""
    offsets = torch.from_numpy(sites.counts.indptr.astype(np.int64))
    counts = torch.from_numpy(sites.counts.data)
    entropy = relative_entropy(torch.from_numpy(scores.word_weights), counts, offsets)
    firm = sites.firm_of_page
    kept = np.bincount(firm, weights=scores.page_weights > 0, minlength=len(sites))
    filled = np.bincount(firm, weights=np.diff(sites.counts.indptr) > 0, minlength=len(sites))
    figures = {"attention/pages": float(filled.mean()), "attention/pages_kept": float(kept.mean())}
    if not entropy.isnan().all():
        figures["attention/relative_entropy"] = float(entropy.nanmean())
    return figures


def controls(
    sites: Sites, labels: npt.NDArray[np.floating], config: DictConfig, name: str, kept: KeptFolds
) -> dict[str, float]:
    """Cross-fitted AUC without attention, and with labels dealt out to firms at random."""
    shuffled = np.random.default_rng(config.seed).permutation(labels)
    variants: dict[str, tuple[npt.NDArray[np.floating], dict[str, Any]]] = {
        "attention_off": (labels, {"attention": False}),
        "shuffled_labels": (shuffled, {}),
    }
    figures = {}
    for control, (used, options) in variants.items():
        line = f"{name}, {control}"
        bundle = cross_fit(sites, used, config, description=line, kept=kept.part(control), **options)
        scores = bundle.score(sites)
        figures[f"control/{control}_auc"] = float(
            classification_metrics(used.astype(bool), scores.probabilities)["auc"]
        )
    return figures


def print_figures(
    title: str, metrics: Mapping[str, float], left_out: LeftOut, simulated: bool, how: str
) -> None:
    """Print the figures of a model in a few lines."""
    world = "simulated firms" if simulated else "firms"
    lines = [
        f"{title}: {metrics['n_firms']:.0f} {world}, {metrics['n_with_patents']:.0f} with patents; "
        f"{metrics['known_share']:.1%} of the words have a vector",
        f"  {how}, 95 % interval over firms: "
        + ", ".join(
            f"{label} {metrics[f'test/{key}']:.3f} "
            f"[{metrics[f'test/{key}_low']:.3f}, {metrics[f'test/{key}_high']:.3f}]"
            for key, label in (("auc", "AUC"), ("f1", "macro F1"), ("accuracy", "accuracy"))
        )
        + f"; larger class {metrics['test/larger_class_accuracy']:.3f}",
        f"  calibration: Brier score {metrics['test/brier']:.3f} (the share with patents for all: "
        f"{metrics['test/share_brier']:.3f}), calibration error {metrics['test/calibration_error']:.3f}",
    ]
    if "control/attention_off_auc" in metrics:
        lines.append(
            f"  controls: AUC without attention {metrics['control/attention_off_auc']:.3f}, "
            f"with shuffled labels {metrics['control/shuffled_labels_auc']:.3f}"
        )
    entropy = metrics.get("attention/relative_entropy")  # none where every page has one word
    lines.append(
        "  attention: "
        + ("" if entropy is None else f"entropy {entropy:.3f} of uniform, ")
        + f"{metrics['attention/pages_kept']:.1f} of {metrics['attention/pages']:.1f} pages kept a firm"
        + " (published, one firm: {} of {})".format(*published_pages_kept())
    )
    lines.append(left_out_line(left_out))
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
