"""Tests of recognition's arithmetic."""
