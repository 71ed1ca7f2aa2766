"""The API held against its own document, and against bad input."""
