"""Tests mirror lms/ room by room."""
