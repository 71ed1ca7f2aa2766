"""Skill records with their evidence, and the standings derived from them. Append-only."""
