"""``ipml faithfulness …``: test whether a registered model decides by the words its attention names."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and run the stage."""
    from ipml.cli.corpora import open_data
    from ipml.faithfulness.stage import measure

    measure(config, open_data(config))
