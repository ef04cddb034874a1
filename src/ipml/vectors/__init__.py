"""Firm vectors: products P from keywords, technology T from patents."""
