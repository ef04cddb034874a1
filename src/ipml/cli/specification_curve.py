"""``ipml specification_curve pair=[…,…]``: one angle over all specifications that were evaluated."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Draw the curve."""
    from ipml.report.specifications import report_curve

    report_curve(config)
