"""Sweeps: many trainings that share a search, and what the best of them is worth on data the search never saw."""
