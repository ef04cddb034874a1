"""The three models as scikit-learn estimators, for arrays and lists at hand: no configuration, no runs, no files.

Thin layers over the maths and the Lightning modules of the stages, with the stages' defaults.
"""

from ipml.estimators.conversion_map import ConversionMap

