"""Tests of the partner register."""
