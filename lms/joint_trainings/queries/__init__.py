"""Every SELECT about joint trainings, one file a part."""
