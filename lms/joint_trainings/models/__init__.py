"""Tables of joint trainings, one file a part."""
