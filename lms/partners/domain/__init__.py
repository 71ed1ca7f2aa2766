"""Words and rules of the partner register and its gate."""
