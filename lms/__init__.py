"""Training course management and e-learning for partnership skills in the United Nations system."""
