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


def reading_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Say how pages must be read, as arguments of `read_sites`; ``model`` is as for `make_network`."""
    stack = model.get("stack") or {}
    return {
        "max_pages": model["max_pages"],
        "max_tokens": model["max_tokens"],
        "in_order": model["bag_of_words"] == 2 or bool(model.get("encoder") or stack.get("words")),
        "with_texts": bool(stack.get("characters") or stack.get("encoder")),
    }


def saved_settings(model: DualAttentionModel) -> dict[str, Any]:
    """Return the plain settings that a bundle keeps: its encoder is found from any folder."""
    settings = model.model_dump()
    if settings.get("encoder") is not None:
        settings["encoder"] = kept_settings(settings["encoder"])
    return settings
