"""Identifiers for machines: UUIDv7, whose order is roughly the order of making, so that indexes stay compact."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A new UUIDv7, made here since PostgreSQL before 18 has none."""
    return compat.uuid7()
