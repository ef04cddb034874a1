"""``ipml evaluate …``: compare groups by the angles of their registered mappings."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Compare the groups."""
    from ipml.report.evaluation import report_evaluation
    from ipml.tracking import Workspace

    report_evaluation(config, Workspace.of(config))
