"""Measure how a country's firms turn technology into products."""

import importlib
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `load_model` at first use: what it stands on takes seconds."""
    if name == "load_model":
        return importlib.import_module("ipml.serving").load_model
    raise AttributeError(f"module 'ipml' has no attribute {name!r}")
