"""``ipml differences pair=[…,…]``: what the matrices of two groups convert most differently."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and take the difference apart."""
    from ipml.allowed import read_pair
    from ipml.cli.corpora import open_data
    from ipml.report.differences import report_differences
    from ipml.tracking import Workspace

    report_differences(config, Workspace.of(config), open_data(config), read_pair(config.pair))
