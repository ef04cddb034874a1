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


def run(config: DictConfig) -> "TrainedModel":
    """Train the stage that ``model.stage`` names."""
    from ipml.cli.corpora import open_data

    stage = config.model.stage
    if stage not in STAGES:
        raise choice_error("model.stage", stage, STAGES)
    corpus = open_data(config)
    trained: TrainedModel = importlib.import_module(STAGES[stage]).train(config, corpus)
    return trained
