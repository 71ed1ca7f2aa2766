"""A demo organisation: plainly fictional entities and people, with real random passwords kept under `var/`."""
