"""Tests of focal points."""
