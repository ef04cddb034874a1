"""``ipml aligned_vectors …``: write a language's words with their vectors in the English space."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Write the file."""
    from ipml.alignment.export import export
    from ipml.cli.corpora import settled
    from ipml.tracking import Workspace

    settings = settled(config, "aligned_vectors")
    export(settings, Workspace.of(settings))
