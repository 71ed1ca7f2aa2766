"""The course format: loader, grammar, domain, rendering."""
