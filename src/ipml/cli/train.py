"""``ipml train model=… country=…``: train and register a model."""

from omegaconf import DictConfig

from ipml.errors import choice_error


def run(config: DictConfig) -> None:
    """Train the stage that ``model.stage`` names."""
    from ipml.cli.corpora import open_data

    stages = ("dual_attn", "alignment", "mapping")
    stage = config.model.stage
    if stage not in stages:
        raise choice_error("model.stage", stage, stages)
    corpus = open_data(config)
    if stage == "dual_attn":
        from ipml.dual_attention.stage import train
    elif stage == "alignment":
        from ipml.alignment.stage import train
    else:
        from ipml.mapping.stage import train
    train(config, corpus)
