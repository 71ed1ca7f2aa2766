"""Use cases of evaluations, one file a part; the only writers of the tables."""
