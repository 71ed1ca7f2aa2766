"""One writer at a time where a rule speaks of more rows than a unique index can see.

A person has one personnel number in an organisation, and the tree of entities has no loop: two writers that look
first and write afterwards could break either together. The lock ends with the transaction.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
_PEOPLE, _ENTITIES = 4_703_121, 4_703_122  # any numbers, the same for every process


async def take_turn_with_people(session: AsyncSession) -> None:
    """Wait until nobody else matches or renames people."""
    await session.execute(_LOCK, {"lock": _PEOPLE})


async def take_turn_with_entities(session: AsyncSession) -> None:
    """Wait until nobody else changes the tree of entities."""
    await session.execute(_LOCK, {"lock": _ENTITIES})
