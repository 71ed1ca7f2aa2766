"""Joint trainings: rules, use cases, and what goes over the wire."""
