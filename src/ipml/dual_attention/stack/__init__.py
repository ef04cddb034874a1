"""Classifiers of a firm's whole text, stacked beside the attention (``model.stack``)."""
