"""Invitations by e-mail: single-use, for one address, with an account made on acceptance."""
