"""``ipml train model=… country=…``: train and register a model."""

import importlib

from omegaconf import DictConfig

from ipml.errors import choice_error

STAGES = {
    "dual_attn": "ipml.dual_attention.stage",
    "alignment": "ipml.alignment.stage",
    "fused_alignment": "ipml.alignment.fusion.stage",
    "mapping": "ipml.mapping.stage",
    "mapping_pooled": "ipml.mapping.pooled_stage",
}
OVERFIT = {"dual_attn": "ipml.dual_attention.overfit", "mapping": "ipml.mapping.overfit"}


def run(config: DictConfig) -> None:
    """Train the stage that ``model.stage`` names."""
    from ipml.cli.corpora import open_data
    from ipml.cli.debugging import debugged, profiled

    stage = config.model.stage
    if stage not in STAGES:
        raise choice_error("model.stage", stage, STAGES)
    debug = config.get("debug")
    if debug is not None:
        config = debugged(config)
    corpus = open_data(config)
    if debug is not None and debug.name == "overfit":
        importlib.import_module(OVERFIT[stage]).overfit(config, corpus)
        return
    train = importlib.import_module(STAGES[stage]).train
    if debug is not None and debug.name == "profile":
        train = profiled(train)
    train(config, corpus)
