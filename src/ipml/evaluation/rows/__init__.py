"""Evaluators: each makes rows of the results, and is listed in ``conf/evaluate.yaml``."""
