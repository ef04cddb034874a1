"""``ipml keywords …``: extract product keywords of a country's firms."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and run the stage."""
    from ipml.cli.corpora import open_data
    from ipml.dual_attention.keywords.stage import extract

    extract(config, open_data(config))
