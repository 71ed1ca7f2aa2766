"""Entities and offices."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.domain import EntityNotFound
from lms.people.models import (
    Entity,
)
from lms.people.queries.visible import in_scope

entities = table_of(Entity)


async def find_entity(session: AsyncSession, key: str) -> Entity | None:
    """The entity with this key; None when there is none."""
    entity: Entity | None = await session.scalar(select(Entity).where(entities.c.key == key))
    return entity


async def get_entity(session: AsyncSession, key: str) -> Entity:
    """The entity with this key."""
    entity = await find_entity(session, key)
    if entity is None:
        raise EntityNotFound(f"There is no entity {key!r}.")
    return entity


async def get_entity_visible_to(
    session: AsyncSession, key: str, *, actor: Actor, permission: Permission
) -> Entity:
    """The entity with this key if `actor` holds `permission` for it; else as if it were not there."""
    entity = await get_entity(session, key)
    if not actor.may(permission, entity.path):
        raise EntityNotFound(f"There is no entity {key!r} for which you may do this.")
    return entity


async def list_entities(session: AsyncSession) -> Sequence[Entity]:
    """Every entity, parents before children. Their names are no secret."""
    return (await session.scalars(select(Entity).order_by(entities.c.path))).all()


async def entities_in_scope(
    session: AsyncSession, *, actor: Actor, permission: Permission
) -> Sequence[Entity]:
    """Entities for which `actor` holds `permission`, in the order of the tree."""
    statement = select(Entity).where(in_scope(actor, permission)).order_by(entities.c.path)
    return (await session.scalars(statement)).all()


async def focuses_of(session: AsyncSession, person_id: UUID) -> list[str]:
    """Focuses of the person's present primary entity, or of its nearest ancestor that has any."""
    statement = text(
        """SELECT up.focuses FROM affiliations a JOIN entities e ON e.id = a.entity_id
             JOIN entities up ON starts_with(e.path, up.path) AND cardinality(up.focuses) > 0
            WHERE a.person_id = :person AND a.is_primary AND a.from_on <= current_date
              AND (a.until_on IS NULL OR a.until_on >= current_date)
            ORDER BY length(up.path) DESC LIMIT 1"""
    )
    return list(await session.scalar(statement, {"person": person_id}) or [])
