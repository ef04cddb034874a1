"""Settings of a training of dual attention, as the benchmarks of it take them."""

from collections.abc import Sequence

from ipml.config import compose_settings
from ipml.dual_attention.settings import DualAttentionTraining


def training_settings(overrides: Sequence[str] = ()) -> DualAttentionTraining:
    """Settings of ``ipml train model=dual_attn OVERRIDES``."""
    settings = compose_settings("train", overrides)
    assert isinstance(settings, DualAttentionTraining)
    return settings
