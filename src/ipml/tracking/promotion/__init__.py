"""Making challengers the champions that evaluation reads, and taking that back."""

from ipml.tracking.promotion.carry_out import carry_out
from ipml.tracking.promotion.history import Entry, Move, read_history
from ipml.tracking.promotion.plan import Plan, check_diagnostics, check_margin, plan_promotion, plan_rollback

__all__ = [
    "Entry",
    "Move",
    "Plan",
    "carry_out",
    "check_diagnostics",
    "check_margin",
    "plan_promotion",
    "plan_rollback",
    "read_history",
]
