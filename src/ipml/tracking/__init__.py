"""Runs, registered models, promotion and lineage in MLflow. Knows no stage."""

from ipml.tracking.held_out import HeldOut
from ipml.tracking.lineage import Lineage
from ipml.tracking.registry import (
    ModelReference,
    RegisteredModel,
    TrainedModel,
    finish_training,
    register_model,
)
from ipml.tracking.runs import Run, StoredRun
from ipml.tracking.workspace import Workspace

__all__ = [
    "HeldOut",
    "Lineage",
    "ModelReference",
    "RegisteredModel",
    "Run",
    "StoredRun",
    "TrainedModel",
    "Workspace",
    "finish_training",
    "register_model",
]
