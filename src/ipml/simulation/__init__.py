"""The planted world: corpora whose true matrices, angles, keywords and dictionary are known."""

from ipml.simulation.truth import Truth, load_truth
from ipml.simulation.world import ensure_world

__all__ = ["Truth", "ensure_world", "load_truth"]
