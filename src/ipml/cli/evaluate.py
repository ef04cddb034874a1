"""``ipml evaluate …``: compare groups by the angles of their registered mappings."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Compare the groups."""
    from ipml.config import read_settings
    from ipml.evaluation.settings import EvaluateSettings
    from ipml.report.evaluation import report_evaluation
    from ipml.tracking import Workspace

    settings = read_settings(config, "evaluate")
    assert isinstance(settings, EvaluateSettings)  # noqa: S101
    report_evaluation(settings, Workspace.of(settings))
