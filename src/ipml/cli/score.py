"""``ipml score …``: score a registered model on another corpus."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and run the stage."""
    from ipml.cli.corpora import open_data
    from ipml.dual_attention.scoring import score

    score(config, open_data(config))
