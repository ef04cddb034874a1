"""The network that a configuration asks for: over word vectors, or over an encoder."""

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from ipml.dual_attention.network.contextual import ContextualNetwork
from ipml.dual_attention.network.encoder import kept_settings
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.errors import InputError

Model = Mapping[str, Any] | DictConfig


def make_network(model: Model, dimension: int, n_words: int, **options: Any) -> DualAttentionNetwork:
    """Make an untrained network.

    Parameters
    ----------
    model
        ``network`` and ``encoder`` of the configuration group ``model``.
    dimension
        Length of a word vector; an encoder has a length of its own.
    n_words
        Size V of the vocabulary.
    options
        Replace those of ``model.network``.
    """
    options = {**model["network"], **options}
    encoder = model.get("encoder")
    if encoder is None:
        return DualAttentionNetwork(dimension, n_words, **options)
    return ContextualNetwork(encoder, n_words, **options)


def needs_order(model: Model) -> bool:
    """Whether pages must be read with the order of their words."""
    return model["bag_of_words"] == 2 or model.get("encoder") is not None


def model_settings(model: DictConfig) -> dict[str, Any]:
    """Plain settings of the configuration group ``model``, as a bundle keeps them."""
    for key in sorted(OmegaConf.missing_keys(model)):
        raise InputError(f"model.{key}: a value is needed")
    settings: dict[str, Any] = OmegaConf.to_container(model, resolve=True)  # type: ignore[assignment]
    if settings.get("encoder") is not None:
        settings["encoder"] = kept_settings(settings["encoder"])
    return settings
