"""Words and rules of assigned learning: whom a rule reaches, by when, and what follows once that day has passed."""
