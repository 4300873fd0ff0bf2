"""Survival mathematics: one small file per family, tabulated curves, background mortality."""
