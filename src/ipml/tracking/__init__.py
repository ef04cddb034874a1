"""Runs, registered models, promotion and lineage in MLflow. Knows no stage."""

from ipml.tracking.lineage import Lineage
from ipml.tracking.promotion import promote
from ipml.tracking.registry import (
    ModelReference,
    RegisteredModel,
    TrainedModel,
    find_model,
    finish_training,
    register_model,
)
from ipml.tracking.runs import Run, find_run, start_run

__all__ = [
    "Lineage",
    "ModelReference",
    "RegisteredModel",
    "Run",
    "TrainedModel",
    "find_model",
    "find_run",
    "finish_training",
    "promote",
    "register_model",
    "start_run",
]
