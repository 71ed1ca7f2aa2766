"""The rules of a way through a course, as pure functions."""
