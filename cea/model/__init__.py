"""The cohort model: time grid, curves, transitions, trace, payoffs; `evaluate` ties them."""
