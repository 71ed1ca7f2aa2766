"""Tests of skill records and standings."""
