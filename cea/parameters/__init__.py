"""Uncertain quantities: distributions, sampling, correlation, values for every draw."""
