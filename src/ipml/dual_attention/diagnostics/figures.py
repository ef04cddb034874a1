"""How well a model tells who holds patents, how far its attention is from uniform, and controls beside it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ipml.console import console
from ipml.corpus.labels import Exclusions, exclusions_line
from ipml.dual_attention.bundle import SiteScores
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.attention import relative_entropy
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
from ipml.published import published_pages_kept
from ipml.settings import Trainer
from ipml.statistics.classification import classification_metrics, metrics_with_intervals
from ipml.statistics.intervals import MIN_VALUES, with_interval

N_RESAMPLES = 1000


def measure(
    labels: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.floating], seed: int
) -> dict[str, float]:
    """Compute metrics under ``test/`` with intervals, those of the class shares alone, and the counts."""
    metrics: dict[str, float] = {}
    for name, (value, low, high) in metrics_with_intervals(labels, probabilities, N_RESAMPLES, seed).items():
        metrics |= with_interval(f"test/{name}", value, low, high)
    share = float(labels.mean())
    return metrics | {
        "test/larger_class_accuracy": max(share, 1 - share),
        "test/share_brier": share * (1 - share),
        "n_firms": len(labels),
        "n_with_patents": int(labels.sum()),
    }


def attention_figures(sites: Sites, scores: SiteScores) -> dict[str, float]:
    """Measure how far the attention is from uniform: entropy over log length, and pages with weight a firm."""
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
    sites: Sites,
    labels: npt.NDArray[np.floating],
    model: DualAttentionModel,
    trainer: Trainer,
    seed: int,
    name: str,
    checkpoints: FoldCheckpoints,
) -> dict[str, float]:
    """Compute the cross-fitted AUC without attention, and with shuffled labels."""
    shuffled = np.random.default_rng(seed).permutation(labels)
    variants: dict[str, tuple[npt.NDArray[np.floating], dict[str, Any]]] = {
        "attention_off": (labels, {"attention": False}),
        "shuffled_labels": (shuffled, {}),
    }
    figures = {}
    for control, (used, options) in variants.items():
        line = f"{name}, {control}"
        bundle = cross_fit(
            sites,
            used,
            model,
            trainer,
            seed,
            description=line,
            checkpoints=checkpoints.part(control),
            **options,
        )
        scores = bundle.score(sites)
        figures[f"control/{control}_auc"] = float(
            classification_metrics(used.astype(bool), scores.probabilities)["auc"]
        )
    return figures


def _with_interval(metrics: Mapping[str, float], name: str) -> str:
    """Metric and interval as they are printed; what is not known is said."""
    if name not in metrics:
        return "not known: one class"
    if f"{name}_low" not in metrics:
        return f"{metrics[name]:.3f} (no interval: fewer than {MIN_VALUES} firms of a class)"
    return f"{metrics[name]:.3f} [{metrics[f'{name}_low']:.3f}, {metrics[f'{name}_high']:.3f}]"


def print_figures(
    title: str, metrics: Mapping[str, float], exclusions: Exclusions, simulated: bool, how: str
) -> None:
    """Print the figures of a model in a few lines."""
    world = "simulated firms" if simulated else "firms"
    lines = [
        f"{title}: {metrics['n_firms']:.0f} {world}, {metrics['n_with_patents']:.0f} with patents; "
        f"{metrics['known_share']:.1%} of the words have a vector",
        f"  {how}, 95 % interval over firms: "
        + ", ".join(
            f"{label} {_with_interval(metrics, f'test/{key}')}"
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
    lines.append(exclusions_line(exclusions))
    console.print("\n".join(lines), highlight=False, soft_wrap=True)
