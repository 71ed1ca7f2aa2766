"""Organisations outside the UN system that entities work with."""
