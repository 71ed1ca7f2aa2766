"""Attested practice: its rules, and its way over the API."""
