"""Trainings hosted by several: entities, units of one, partners. Proposed, agreed, held, reviewed."""
