"""Runs, registered models, promotion and lineage in MLflow. Knows no stage."""

from ipml.tracking.held_out import HeldOut
from ipml.tracking.lineage import Lineage
from ipml.tracking.registry import (
    ModelReference,
    RegisteredModel,
    TrainedModel,
    find_model,
    finish_training,
    register_model,
)
from ipml.tracking.runs import Run, StoredRun, find_run, start_run
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
    "find_model",
    "find_run",
    "finish_training",
    "register_model",
    "start_run",
]
