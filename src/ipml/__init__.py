"""Measure how a country's firms turn technology into products."""

import importlib
from typing import Any

__version__ = "0.1.0"

# Looked up at first use, so that `import ipml` stays light.
_FROM = {
    "load_model": "ipml.serving",
    **dict.fromkeys(("Aligner", "ConversionMap", "DualAttention"), "ipml.estimators"),
}


def __getattr__(name: str) -> Any:
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_FROM[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_FROM})
