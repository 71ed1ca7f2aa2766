"""Focal points: who they are, what time and support they have, and the topic sessions and groups they learn in."""
