"""``ipml promote models=[…]``: make challengers the champions that evaluation reads, or take that back."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Promote the models named, all or none."""
    from ipml.console import console
    from ipml.errors import InputError
    from ipml.tracking import Workspace
    from ipml.tracking.held_out import Bootstrap
    from ipml.tracking.promotion import carry_out, check_margin, plan_promotion, plan_rollback
    from ipml.tracking.promotion.tables import plan_table
    from ipml.tracking.registry import models_with_challenger

    study = config.get("study")
    if study is not None:
        config.study = study.name  # its stages are not this command's
    _check(config)
    workspace = Workspace.of(config)
    names = None if config.models is None else list(config.models)
    if config.rollback:
        plan = plan_rollback(workspace, names)
    else:
        names = models_with_challenger(workspace.client, workspace.namespace) if names is None else names
        if not names:
            raise InputError(f"models: no model with a challenger in {workspace.place}; train one first")
        bootstrap = Bootstrap(config.resamples, config.level, config.seed)
        plan = plan_promotion(workspace, names, config.margin, bootstrap, one_lineage=study is not None)
    console.print(plan_table(plan.moves, config.level))
    check_margin(plan)
    if config.dry_run:
        console.print("dry run: nothing moved")
        return
    carry_out(workspace, plan, config.reason, config.takeover)
    moved = sum(not move.stays for move in plan.moves)
    console.print(f"{moved} of {len(plan.moves)} champions moved", highlight=False)


def _check(config: DictConfig) -> None:
    from ipml.errors import InputError, check_count, check_range

    if config.margin is not None:
        check_range("margin", config.margin, -2, 2)  # between two cosines
    check_count("resamples", config.resamples)
    check_range("level", config.level, 0.5, 0.999)
    if len(config.reason) > 1000:  # a run's tag ends at 8000
        raise InputError(f"reason: {len(config.reason)} characters; at most 1000 are allowed")
