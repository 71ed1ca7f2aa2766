"""Tests of prior learning."""
