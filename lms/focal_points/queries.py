"""Every SELECT about who is a focal point, what they say of their post, and their exchanges with companies."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points.domain import FocalPointNotFound
from lms.focal_points.models import CompanyExchange, ExchangeEnd, ExchangeWords
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.partners.models import Partner
from lms.people.domain import Role
from lms.people.models import Person, RoleGrant
from lms.people.queries import main_on, words_query

exchanges = table_of(CompanyExchange)
exchange_words = table_of(ExchangeWords)
exchange_ends = table_of(ExchangeEnd)
partners = table_of(Partner)
persons = table_of(Person)
role_grants = table_of(RoleGrant)

# Who is a focal point today, for which entity: whoever left the organisation is none, though nobody took the role back.
HELD = f"""
SELECT DISTINCT g.person_id, coalesce(g.entity_id, a.entity_id) AS entity_id, a.post_title
  FROM role_grants g
  JOIN affiliations a ON a.person_id = g.person_id AND a.entity_id IS NOT NULL AND {main_on("a", "current_date")}
 WHERE g.role = 'focal_point' AND g.partner_id IS NULL AND g.revoked_at IS NULL
   AND (g.until_on IS NULL OR g.until_on >= current_date)
"""
# Personnel find everybody; who coordinates a partner's part finds those who agreed to it; others nobody.
_VISIBLE = "(CAST(:is_personnel AS boolean) OR (CAST(:is_partner AS boolean) AND f.shown_to_partners))"
_FOCUSED = """
EXISTS (SELECT 1 FROM entities up WHERE starts_with(e.path, up.path) AND :focus = ANY(up.focuses)
           AND NOT EXISTS (SELECT 1 FROM entities nearer WHERE starts_with(e.path, nearer.path)
                              AND length(nearer.path) > length(up.path) AND cardinality(nearer.focuses) > 0))
"""
_FOUND = f"""
WITH held AS ({HELD})
SELECT p.id, p.name, p.email, p.sort_key, min(h.post_title) AS post_title,
       coalesce(f.background, '{{}}') AS background, coalesce(f.languages, '{{}}') AS languages,
       coalesce(f.topics, '{{}}') AS topics, f.sponsor_id, s.name AS sponsor,
       json_agg(json_build_array(e.key, e.name) ORDER BY e.path) AS entities
  FROM persons p JOIN held h ON h.person_id = p.id JOIN entities e ON e.id = h.entity_id
  LEFT JOIN focal_point_profiles f ON f.person_id = p.id
  LEFT JOIN persons s ON s.id = f.sponsor_id
 WHERE p.erased_at IS NULL AND {_VISIBLE} {{where}}
 GROUP BY p.id, f.person_id, s.id ORDER BY p.sort_key, p.id LIMIT :limit
"""
_WHERE = {
    "person": "AND p.id = :person",
    "entity": "AND starts_with(e.path, :entity)",
    "focus": f"AND {_FOCUSED}",
    "topics": "AND f.topics && CAST(:topics AS text[])",
    "language": "AND :language = ANY(f.languages)",
    "words": "AND (p.search_words || coalesce(f.search_words, '')) @@ CAST(:words AS tsquery)",
    "after": "AND (p.sort_key, p.id) > (:after, CAST(:after_id AS uuid))",
}


def is_focal_point(actor: Actor) -> bool:
    """Whether the actor holds the role today, for any entity."""
    return any(grant.role == Role.FOCAL_POINT for grant in actor.grants)


def is_personnel(actor: Actor) -> bool:
    """Whether the actor works for an entity, or holds a role for one."""
    return actor.entity_path is not None or bool(actor.grants)


def is_partner_coordinator(actor: Actor) -> bool:
    """Whether the actor coordinates a partner's part."""
    return any(grant.role == Role.PARTNER_COORDINATOR for grant in actor.partner_grants)


async def list_focal_points(
    session: AsyncSession,
    *,
    actor: Actor,
    filters: Mapping[str, Any],
    after: Sequence[str] | None = None,
    limit: int,
) -> Sequence[Any]:
    """Focal points whom `actor` may see, in name order, each with the entities they are it for.

    `filters`: `entity` (a path), `focus`, `topics`, `language`, `words`, `person`; what is empty narrows nothing.
    """
    given = {name: value for name, value in filters.items() if value}
    if "words" in given:
        given["words"] = words_query(given["words"])
    if after is not None:
        given |= {"after": after[0], "after_id": UUID(after[1])}
    where = " ".join(_WHERE[name] for name in given if name in _WHERE)
    values = {"is_personnel": is_personnel(actor), "is_partner": is_partner_coordinator(actor)}
    statement = text(_FOUND.replace("{where}", where))
    return (await session.execute(statement, {**given, **values, "limit": limit})).all()


async def get_focal_point(session: AsyncSession, person_id: UUID, *, actor: Actor) -> Any:
    """One focal point as `list_focal_points` shows them; whoever is none today is not there."""
    found = await list_focal_points(session, actor=actor, filters={"person": person_id}, limit=1)
    if not found:
        raise FocalPointNotFound()
    return found[0]


async def check_own(session: AsyncSession, *, actor: Actor) -> None:
    """Raise unless the actor is a focal point, or was: whoever was keeps their profile."""
    ever = exists().where(
        role_grants.c.person_id == actor.person_id,
        role_grants.c.role == Role.FOCAL_POINT.value,
        role_grants.c.partner_id.is_(None),
    )
    if not await session.scalar(select(ever)):
        raise FocalPointNotFound("You are not a focal point, and were none.")


async def own_profile(session: AsyncSession, *, actor: Actor) -> Any:
    """What the actor wrote of their post, with the sponsor and whether that person still works for an entity; or None.

    Raises `FocalPointNotFound` for whoever never was a focal point.
    """
    await check_own(session, actor=actor)
    statement = text(
        f"""SELECT f.*, s.name AS sponsor, s.email AS sponsor_email, {works_somewhere("s.id")} AS sponsor_is_here
              FROM focal_point_profiles f LEFT JOIN persons s ON s.id = f.sponsor_id WHERE f.person_id = :person"""
    )
    return (await session.execute(statement, {"person": actor.person_id})).one_or_none()


def works_somewhere(person: str) -> str:
    """In SQL: whether a person is affiliated to an entity today."""
    return (
        f"EXISTS (SELECT 1 FROM affiliations here WHERE here.person_id = {person} AND here.entity_id IS NOT NULL"
        " AND here.kind <> 'former' AND here.from_on <= current_date"
        " AND (here.until_on IS NULL OR here.until_on >= current_date))"
    )


async def find_sponsor(session: AsyncSession, email_key: str) -> UUID | None:
    """The person with this e-mail, if they work for an entity today."""
    statement = text(
        f"SELECT p.id FROM persons p WHERE p.email_key = :email AND p.erased_at IS NULL AND {works_somewhere('p.id')}"
    )
    found: UUID | None = await session.scalar(statement, {"email": email_key})
    return found


# -- exchanges ---------------------------------------------------------------------------------------------


async def exchanges_of(session: AsyncSession, person_id: UUID) -> Sequence[Any]:
    """A person's exchanges with companies that count, the latest first."""
    ended = exists().where(exchange_ends.c.exchange_id == exchanges.c.id)
    statement = (
        select(
            exchanges,
            exchange_words.c.learned,
            partners.c.key.label("partner"),
            partners.c.name.label("partner_name"),
        )
        .join(partners, partners.c.id == exchanges.c.partner_id)
        .join(exchange_words, exchange_words.c.exchange_id == exchanges.c.id, isouter=True)
        .where(exchanges.c.person_id == person_id, ~ended)
        .order_by(exchanges.c.from_on.desc(), exchanges.c.id)
    )
    return (await session.execute(statement)).all()


async def find_exchange(session: AsyncSession, exchange_id: UUID, *, person_id: UUID) -> Any:
    """One of the person's exchanges that counts; None for any other."""
    return next((each for each in await exchanges_of(session, person_id) if each.id == exchange_id), None)


async def entity_of(session: AsyncSession, person_id: UUID) -> UUID | None:
    """The entity whose focal point a person is, or was last: the one that lies highest."""
    statement = text(
        """SELECT g.entity_id FROM role_grants g JOIN entities e ON e.id = g.entity_id
            WHERE g.person_id = :person AND g.role = 'focal_point'
            ORDER BY (g.revoked_at IS NULL AND (g.until_on IS NULL OR g.until_on >= current_date)) DESC,
                     length(e.path), e.path LIMIT 1"""
    )
    found: UUID | None = await session.scalar(statement, {"person": person_id})
    return found


# -- what the report counts --------------------------------------------------------------------------------

_COUNTED = text(
    f"""
WITH held AS ({HELD}), theirs AS (
  -- Each focal point once: where they are it for several entities, in the one that lies highest.
  SELECT DISTINCT ON (h.person_id) h.person_id, h.entity_id FROM held h JOIN entities e ON e.id = h.entity_id
   ORDER BY h.person_id, length(e.path), e.path)
SELECT t.entity_id, f.share_percent, f.head_supports,
       f.sponsor_id IS NOT NULL AND {works_somewhere("f.sponsor_id")} AS has_sponsor,
       EXISTS (SELECT 1 FROM company_exchanges x WHERE x.person_id = t.person_id AND x.until_on >= :since
                  AND NOT EXISTS (SELECT 1 FROM company_exchange_ends d WHERE d.exchange_id = x.id)) AS has_exchange,
       count(*) AS people
  FROM theirs t JOIN persons p ON p.id = t.person_id AND p.erased_at IS NULL
  LEFT JOIN focal_point_profiles f ON f.person_id = t.person_id
 GROUP BY 1, 2, 3, 4, 5
"""
)
_EXCHANGED = text(
    """SELECT x.entity_id, count(*) AS exchanges FROM company_exchanges x
        WHERE x.until_on >= :since AND x.entity_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM company_exchange_ends d WHERE d.exchange_id = x.id) GROUP BY 1"""
)


async def count_focal_points(session: AsyncSession, *, since: date) -> Sequence[Any]:
    """Focal points of today by entity and what they say of their post. Rows are few, however many people there are."""
    return (await session.execute(_COUNTED, {"since": since})).all()


async def count_exchanges(session: AsyncSession, *, since: date) -> dict[UUID, int]:
    """Exchanges that ended since a day by entity, also of those who are no focal points any more."""
    return {row.entity_id: row.exchanges for row in await session.execute(_EXCHANGED, {"since": since})}


async def entities_with_one(session: AsyncSession) -> set[UUID]:
    """Entities that have a focal point of their own today."""
    return set(await session.scalars(text(f"WITH held AS ({HELD}) SELECT DISTINCT entity_id FROM held")))
