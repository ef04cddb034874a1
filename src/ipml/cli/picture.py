"""``ipml picture firm=…``: one firm's pages, words and keywords as a web page and a figure."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and draw."""
    from ipml.cli.corpora import open_data
    from ipml.firm_picture.stage import draw

    firm_id = str(config.firm)  # before a world is made: a firm that is not given is said at once
    draw(config, open_data(config), firm_id)
