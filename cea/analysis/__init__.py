"""Analyses: each calls the one `evaluate` and returns a typed, immutable result."""
