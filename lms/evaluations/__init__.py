"""Evaluation of joint trainings on four levels: reaction, learning, behaviour, results."""
