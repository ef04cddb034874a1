"""``ipml promote models=[…]``: make challengers the champions that evaluation reads."""

from omegaconf import DictConfig


def run(config: DictConfig) -> None:
    """Promote the models named, all or none."""
    from ipml.console import console
    from ipml.errors import InputError
    from ipml.tracking import promote
    from ipml.tracking.registry import models_with_challenger

    names = list(config.models) if config.models is not None else models_with_challenger(config)
    if not names:
        raise InputError(f"models: no model with a challenger in {config.paths.mlruns}; train one first")
    for name, (before, now) in promote(config, names).items():
        if before == now:
            console.print(f"{name}: version {now} is the champion already", highlight=False)
        else:
            console.print(f"{name}: version {now} is champion (before: {before or 'none'})", highlight=False)
