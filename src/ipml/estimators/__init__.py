"""The three models as scikit-learn estimators, for arrays and lists at hand: no configuration, no runs, no files.

Thin layers over the maths and the Lightning modules of the stages, with the stages' defaults.
"""

from ipml.estimators.aligner import Aligner
from ipml.estimators.conversion_map import ConversionMap
from ipml.estimators.dual_attention import DualAttention

__all__ = ["Aligner", "ConversionMap", "DualAttention"]
