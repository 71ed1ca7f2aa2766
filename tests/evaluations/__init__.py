"""Evaluations: rules, use cases, pages, and what nobody may find out."""
