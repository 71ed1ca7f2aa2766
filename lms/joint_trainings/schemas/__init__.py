"""What goes over the wire about joint trainings, one file a part."""
