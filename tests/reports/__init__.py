"""Tests of the reports and of their files."""
