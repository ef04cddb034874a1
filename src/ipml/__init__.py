"""Measure how a country's firms turn technology into products."""

__version__ = "0.1.0"
