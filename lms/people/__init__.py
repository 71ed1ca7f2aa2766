"""Entities, persons and their affiliations, reporting lines, roles, and how people and machines sign in."""
