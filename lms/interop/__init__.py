"""Doors for other systems: one standard, or one feed, one file."""
