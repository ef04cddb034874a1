"""One space for three languages."""
