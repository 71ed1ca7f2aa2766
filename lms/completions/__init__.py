"""Who finished what, when, against which version and rule, on what evidence. Append-only."""
