"""HTTP of joint trainings, one file a part."""
