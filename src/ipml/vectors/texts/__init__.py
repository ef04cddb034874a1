"""Firm vectors of whole texts: P of the phrases around keywords, T of patents, each encoded as it stands."""
