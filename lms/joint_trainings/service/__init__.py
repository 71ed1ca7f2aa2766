"""Use cases of joint trainings, one file a part; the only writers of the tables."""
