"""Present posts: what a target profile is found by (kind of affiliation, roles, focuses) and whose one may see."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.domain import PersonNotFound
from lms.people.models import Affiliation, Entity, Person, RoleGrant
from lms.people.queries.persons import matches
from lms.people.queries.visible import current_on, in_scope, main_on, reports_to

persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)
role_grants = table_of(RoleGrant)
_above = entities.alias("above")

_ROLES = (
    select(func.array_agg(role_grants.c.role.distinct()))
    .where(
        role_grants.c.person_id == persons.c.id,
        role_grants.c.partner_id.is_(None),
        role_grants.c.revoked_at.is_(None),
        or_(role_grants.c.until_on.is_(None), role_grants.c.until_on >= func.current_date()),
    )
    .scalar_subquery()
)
# Of the entity, or of its nearest ancestor that has any.
_FOCUSES = (
    select(_above.c.focuses)
    .where(func.starts_with(entities.c.path, _above.c.path), func.cardinality(_above.c.focuses) > 0)
    .order_by(func.length(_above.c.path).desc())
    .limit(1)
    .scalar_subquery()
)


def _posts() -> Select[Any]:
    """People with their present primary affiliation, if they have one."""
    present = and_(
        affiliations.c.person_id == persons.c.id, affiliations.c.is_primary, current_on(func.current_date())
    )
    return (
        select(
            persons.c.id.label("person_id"),
            persons.c.name.label("person_name"),
            persons.c.sort_key,
            affiliations.c.id.label("affiliation_id"),
            affiliations.c.kind,
            affiliations.c.post_title,
            affiliations.c.target_profile,
            affiliations.c.revision,
            entities.c.key.label("entity"),
            entities.c.name.label("entity_name"),
            _ROLES.label("roles"),
            _FOCUSES.label("focuses"),
        )
        .join(affiliations, present, isouter=True)
        .join(entities, entities.c.id == affiliations.c.entity_id, isouter=True)
        .where(persons.c.erased_at.is_(None))
    )


async def get_post_visible_to(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Any:
    """A person's present post: one's own, of who reports to one, or in an entity whose profiles one assigns."""
    visible = or_(
        persons.c.id == actor.person_id,
        reports_to(actor.person_id, persons.c.id),
        in_scope(actor, Permission.PROFILES_ASSIGN),
    )
    statement = _posts().where(persons.c.id == person_id, visible).order_by(affiliations.c.from_on.desc())
    found = (await session.execute(statement)).first()
    if found is None:
        raise PersonNotFound()
    return found


async def list_posts(
    session: AsyncSession,
    *,
    actor: Actor,
    permission: Permission,
    words: Sequence[str] = (),
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Present posts of the entities where `actor` holds `permission`, in name order."""
    statement = _posts().where(in_scope(actor, permission))
    if words:
        statement = statement.where(matches(persons.c.search_words, words))
    if after is not None:
        behind = and_(persons.c.sort_key == after[0], persons.c.id > UUID(after[1]))
        statement = statement.where(or_(persons.c.sort_key > after[0], behind))
    statement = statement.order_by(persons.c.sort_key, persons.c.id).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


# Roles are few, so they are gathered once and not for each person.
_COUNTED = text(
    f"""
SELECT a.entity_id, a.target_profile, r.roles, count(*) AS people
  FROM affiliations a
  LEFT JOIN (SELECT g.person_id, array_agg(DISTINCT g.role ORDER BY g.role) AS roles FROM role_grants g
              WHERE g.partner_id IS NULL AND g.granted_at <= :moment
                AND (g.revoked_at IS NULL OR g.revoked_at > :moment) AND (g.until_on IS NULL OR g.until_on >= :day)
              GROUP BY 1) r ON r.person_id = a.person_id
 WHERE a.entity_id IS NOT NULL AND a.kind = :kind
   AND (CAST(:entities AS uuid[]) IS NULL OR a.entity_id = ANY(CAST(:entities AS uuid[])))
   AND {main_on("a", ":day")}
 GROUP BY 1, 2, 3
"""
)


async def count_posts(
    session: AsyncSession, *, entity_ids: Sequence[UUID] | None, kind: str, day: date, moment: datetime
) -> Sequence[Any]:
    """How many people of a kind had alike posts in each entity on a day (entity_id, target_profile, roles, people).

    No `entity_ids` are all of them. Rows are few however many people there are.
    """
    entities = None if entity_ids is None else list(entity_ids)
    values = {"entities": entities, "kind": kind, "day": day, "moment": moment}
    return (await session.execute(_COUNTED, values)).all()
