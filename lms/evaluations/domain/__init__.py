"""Words and rules of evaluations: no I/O."""
