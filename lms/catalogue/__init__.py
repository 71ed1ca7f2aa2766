"""What there is to learn: taxonomy, courses, immutable course versions, programmes, providers, guidelines."""
