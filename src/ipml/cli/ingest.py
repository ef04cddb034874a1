"""``ipml ingest source.root=… data.root=…``: read a source into an Arrow corpus."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Read the source."""
    from ipml.corpus.ingest import ingest

    ingest(config)
