"""``ipml vectors …``: make product and technology vectors of a country's firms."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and run the stage."""
    from ipml.cli.corpora import open_data
    from ipml.vectors.stage import build

    build(config, open_data(config))
