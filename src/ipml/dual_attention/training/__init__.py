"""Training: one network, and one a fold so that each firm is scored by a network that has not seen it."""
