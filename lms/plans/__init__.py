"""Tailored learning plans: from what a person's work asks for to an ordered way there, each step with its reasons."""
