"""``ipml specification_curve pair=[…,…]``: one angle over all specifications that were evaluated."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Draw the curve."""
    from ipml.config import read_settings
    from ipml.evaluation.settings import SpecificationCurveSettings
    from ipml.report.specifications import report_curve
    from ipml.tracking import Workspace

    settings = read_settings(config, "specification_curve")
    assert isinstance(settings, SpecificationCurveSettings)  # noqa: S101
    report_curve(settings, Workspace.of(settings))
