"""Words and rules of joint trainings: no I/O."""
