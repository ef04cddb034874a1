"""The network that settings ask for: over word vectors, or over an encoder."""

from collections.abc import Mapping
from typing import Any

from ipml.dual_attention.network.contextual import ContextualNetwork
from ipml.dual_attention.network.encoder import kept_settings
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.settings import DualAttentionModel


def make_network(
    model: Mapping[str, Any], dimension: int, n_words: int, **options: Any
) -> DualAttentionNetwork:
    """Make an untrained network.

    Parameters
    ----------
    model
        Settings as a bundle keeps them (`saved_settings`); ``network`` and ``encoder`` are used.
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


def needs_order(model: Mapping[str, Any]) -> bool:
    """Say whether pages must be read with the order of their words; ``model`` is as for `make_network`."""
    return model["bag_of_words"] == 2 or model.get("encoder") is not None


def saved_settings(model: DualAttentionModel) -> dict[str, Any]:
    """Return the plain settings that a bundle keeps: its encoder is found from any folder."""
    settings = model.model_dump()
    if settings.get("encoder") is not None:
        settings["encoder"] = kept_settings(settings["encoder"])
    return settings
