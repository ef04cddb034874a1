"""``ipml aligned_vectors …``: write a language's words with their vectors in the English space."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Write the file."""
    from ipml.alignment.export import export

    export(config)
