"""Assigned learning."""
