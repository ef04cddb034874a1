"""Models that should not be faithful to any attention, or have none: what the figures are set beside.

Jain & Wallace, "Attention is not explanation", NAACL 2019, and Wiegreffe & Pinter, "Attention is not not
explanation", EMNLP 2019: a figure of an attention says little without that of a model in its place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ipml.dual_attention.bundle import Bundle, FoldModel
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.training.cross_fitting import NO_CHECKPOINTS, cross_fit
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
from ipml.errors import choice_error
from ipml.settings import Trainer, validated

_OPTIMIZERS = frozenset(
    f"torch.optim.{name}"
    for name, found in vars(torch.optim).items()
    if isinstance(found, type) and issubclass(found, torch.optim.Optimizer)
)


def network_alone(bundle: Bundle) -> tuple[Bundle, float]:
    """Return a model without its bags of words and its stacks, and their share of its logit, mean over folds.

    Attention says nothing of a bag of words, nor of a classifier of the whole text. Nor could one with pairs of words
    be asked: where words are taken away, which of the others stand side by side is a matter of choice.
    """
    of_bag, of_stack = (
        np.array([0.0 if part is None else part.share[0] for part in parts])
        for parts in zip(*((fold.bag, fold.stack) for fold in bundle.folds), strict=True)
    )
    share = float(np.mean(1 - (1 - of_bag) * (1 - of_stack)))
    folds = [replace(fold, bag=None, stack=None) for fold in bundle.folds]
    return replace(bundle, folds=folds, terms=bundle.terms[:0]), share


def control_models(
    bundle: Bundle,
    sites: Sites,
    labels: npt.NDArray[np.floating],
    trainer: Trainer,
    description: str,
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
) -> Iterator[tuple[str, Bundle]]:
    """Train controls of a registered model with its settings and seed, as networks alone; yield each by name.

    Parameters
    ----------
    bundle
        The registered model.
    sites, labels
        The firms it was trained on and whether they hold patents, (F,).
    trainer
        Makes Lightning's trainer.
    description
        Text of the progress lines.
    checkpoints
        Where finished folds are kept, and found again.
    """
    seed = bundle.settings["seed"]
    model = control_settings(bundle.settings["model"])
    shuffled = np.random.default_rng(seed).permutation(labels)
    variants: dict[str, tuple[npt.NDArray[np.floating], dict[str, Any]]] = {
        "attention off": (labels, {"attention": False}),
        "shuffled labels": (shuffled, {}),
    }
    for name, (used, options) in variants.items():
        line, part = f"{description}, {name}", checkpoints.part(name.replace(" ", "_"))
        yield (
            name,
            cross_fit(sites, used, model, trainer, seed, description=line, checkpoints=part, **options),
        )
    yield "untrained", untrained(bundle)


def untrained(bundle: Bundle) -> Bundle:
    """Make networks at a random start, with the standardisation of the registered ones and nothing learnt."""
    options = {**bundle.settings["model"]["network"], "zero_start": False}
    folds = []
    with torch.random.fork_rng():
        torch.manual_seed(bundle.settings["seed"])
        for fold in bundle.folds:
            network = DualAttentionNetwork(len(fold.network.page_query), len(bundle.words), **options)
            network.load_state_dict({**network.state_dict(), **dict(fold.network.named_buffers())})
            folds.append(FoldModel(network.eval()))
    return replace(bundle, folds=folds, terms=bundle.terms[:0])


def control_settings(model: Mapping[str, Any]) -> DualAttentionModel:
    """Make the settings of a control from those that a bundle keeps.

    Raises
    ------
    InputError
        If its optimiser is not one of PyTorch's with plain numbers: the settings come from a file, and what they
        name would be called.
    """
    for key, value in model["optimizer"].items():
        if key == "_target_" and value not in _OPTIMIZERS:
            raise choice_error("model.optimizer._target_", value, sorted(_OPTIMIZERS))
        if key != "_target_" and not _is_plain(value):
            raise choice_error(f"model.optimizer.{key}", value, ["numbers", "true", "false"])
    return validated(DualAttentionModel, {**model, "bag_of_words": 0, "stack": None}, "model")


def _is_plain(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, bool | int | float) for item in values)
