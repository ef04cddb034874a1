"""``ipml differences pair=[…,…]``: what the matrices of two groups convert most differently."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Open the corpus and take the difference apart."""
    from ipml.cli.corpora import open_data
    from ipml.config import read_settings
    from ipml.evaluation.settings import DifferencesSettings
    from ipml.report.differences import report_differences
    from ipml.tracking import Workspace

    settings = read_settings(config, "differences")
    assert isinstance(settings, DifferencesSettings)  # noqa: S101
    report_differences(settings, Workspace.of(settings), open_data(config))
