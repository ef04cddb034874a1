"""``ipml promote models=[…]``: make challengers the champions that evaluation reads, or take that back."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Promote the models named, all or none."""
    from ipml.console import console
    from ipml.errors import InputError
    from ipml.tracking.promotion import carry_out, check_margin, plan_promotion, plan_rollback
    from ipml.tracking.registry import models_with_challenger
    from ipml.tracking.tables import plan_table

    study = config.get("study")
    if study is not None:
        config.study = study.name  # its stages are not this command's
    names = None if config.models is None else list(config.models)
    if config.rollback:
        plan = plan_rollback(config, names)
    else:
        names = models_with_challenger(config) if names is None else names
        if not names:
            raise InputError(f"models: no model with a challenger in {config.paths.mlruns}; train one first")
        plan = plan_promotion(config, names, one_lineage=study is not None)
    console.print(plan_table(plan.moves, config.level))
    check_margin(plan, config.margin)
    if config.dry_run:
        console.print("dry run: nothing moved")
        return
    carry_out(config, plan)
    moved = sum(not move.stays for move in plan.moves)
    console.print(f"{moved} of {len(plan.moves)} champions moved", highlight=False)
