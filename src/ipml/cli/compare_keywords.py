"""``ipml compare_keywords …``: compare keyword sets by how well they tell who holds patents."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and run the stage."""
    from ipml.cli.corpora import open_data
    from ipml.keyword_comparison.stage import compare

    compare(config, open_data(config))
