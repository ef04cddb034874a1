"""The planted world: corpora whose true matrices, angles, keywords and dictionary are known."""

from ipml.simulation.truth import Truth, load_truth
from ipml.simulation.world import ensure_world
from ipml.simulation.world_codes import WorldCodes, read_world_codes

__all__ = ["Truth", "WorldCodes", "ensure_world", "load_truth", "read_world_codes"]
