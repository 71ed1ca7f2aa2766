"""Whole servers under load, each measured beside its ruler in the same minutes: `python -m tests.bench`."""
