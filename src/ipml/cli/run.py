"""``ipml run study=…``: a whole study, stage by stage; finished stages are not run again."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Run the stages of the study that are not finished."""
    from ipml.cli.study import run_study

    run_study(config)
