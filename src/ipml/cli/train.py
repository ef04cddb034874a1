"""``ipml train model=… country=…``: train and register a model."""

import importlib
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from ipml.errors import choice_error

if TYPE_CHECKING:
    from ipml.tracking import TrainedModel

STAGES = {
    "dual_attn": "ipml.dual_attention.stage",
    "alignment": "ipml.alignment.stage",
    "fused_alignment": "ipml.alignment.fusion.stage",
    "mapping": "ipml.mapping.stage",
    "mapping_pooled": "ipml.mapping.pooled_stage",
}
OVERFIT = {"dual_attn": "ipml.dual_attention.training.overfit", "mapping": "ipml.mapping.gradient_descent"}


def run(config: DictConfig) -> None:
    """Train the stage that ``model.stage`` names, or look into it where ``debug`` wants that."""
    debug = config.get("debug")
    if debug is None:
        train(config)
        return
    from ipml.cli.corpora import open_data
    from ipml.cli.debugging import debugged, profiled

    config = debugged(config)
    if debug.name == "overfit":
        importlib.import_module(OVERFIT[config.model.stage]).overfit(config, open_data(config))
    elif debug.name == "profile":
        profiled(train, config)
    else:
        train(config)


def train(config: DictConfig) -> "TrainedModel":
    """Train the stage that ``model.stage`` names."""
    from ipml.cli.corpora import open_data, settled
    from ipml.tracking import Workspace

    stage = config.model.stage
    if stage not in STAGES:
        raise choice_error("model.stage", stage, STAGES)
    corpus = open_data(config)
    function = importlib.import_module(STAGES[stage]).train
    trained: TrainedModel
    if stage in ("alignment", "fused_alignment"):
        settings = settled(config, "train")
        trained = function(settings, Workspace.of(settings), corpus)
    else:
        trained = function(config, corpus)
    return trained
