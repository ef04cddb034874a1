"""Partial pooling: one model of all groups, whose matrices are shrunk towards one another."""
