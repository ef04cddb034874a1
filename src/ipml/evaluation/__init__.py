"""Angles between what a group sells and what another group would make of its technology."""
