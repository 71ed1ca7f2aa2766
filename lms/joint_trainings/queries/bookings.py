"""Bookings: one's own, and those of people of a host for which one acts. Nobody else's names are read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import Belonging, BookingNotFound, BookingState
from lms.joint_trainings.queries.sessions import LIVE_STATES, bookings, sessions
from lms.joint_trainings.queries.trainings import entities, hosts, partners, persons, trainings
from lms.kernel.access import Actor, Permission
from lms.kernel.statements import fetch
from lms.people.queries.visible import in_scope, main_on

_READ = Permission.TRAININGS_READ

_BELONGING = f"""
    SELECT (SELECT e.path FROM affiliations a JOIN entities e ON e.id = a.entity_id
             WHERE a.person_id = $1 AND {main_on("a", "current_date")} LIMIT 1) AS path,
           ARRAY(SELECT a.partner_id FROM affiliations a
                  WHERE a.person_id = $1 AND a.partner_id IS NOT NULL AND a.from_on <= current_date
                    AND (a.until_on IS NULL OR a.until_on >= current_date)) AS partners"""


# All that is asked before a session is locked, in one statement: at the last seats everybody asks at once.
_ASKED = f"""
    SELECT s.training_id, s.title AS session_title, s.starts_at, t.title AS training_title,
           (SELECT jsonb_agg(jsonb_build_object('id', h.id, 'path', e.path, 'partner_id', h.partner_id,
                                                'key', coalesce(e.key, p.key)) ORDER BY h.id)
              FROM training_hosts h LEFT JOIN entities e ON e.id = h.entity_id
                   LEFT JOIN partners p ON p.id = h.partner_id
             WHERE h.training_id = t.id) AS hosts,
           b.path, b.partners,
           (SELECT count(*) FROM bookings l WHERE l.person_id = $1
                AND (l.no_show_at >= $3 OR (l.is_late AND l.ended_at >= $3))) AS left_empty
      FROM training_sessions s JOIN joint_trainings t ON t.id = s.training_id, ({_BELONGING}) b
     WHERE s.id = $2"""


@dataclass(frozen=True, slots=True)
class HostAsked:
    """A host of the training, as far as it decides whose person somebody is."""

    id: UUID
    key: str
    path: str | None
    partner_id: UUID | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a session and of who wants to book it."""

    training_id: UUID
    training_title: str
    session_title: str
    starts_at: datetime
    hosts: tuple[HostAsked, ...]
    belonging: Belonging
    left_empty: int


async def asked_of(
    session: AsyncSession, session_id: UUID, person_id: UUID, *, since: datetime
) -> Asked | None:
    """The session with its hosts, what the person belongs to, and how many seats they left empty since a moment."""
    rows = await fetch(session, _ASKED, person_id, session_id, since)
    if not rows:
        return None
    (row,) = rows
    hosts_asked = tuple(
        HostAsked(
            UUID(each["id"]),
            each["key"],
            each["path"],
            UUID(each["partner_id"]) if each["partner_id"] else None,
        )
        for each in row["hosts"] or ()
    )
    return Asked(
        row["training_id"],
        row["training_title"],
        row["session_title"],
        row["starts_at"],
        hosts_asked,
        Belonging(row["path"], frozenset(row["partners"])),
        row["left_empty"],
    )


async def belonging_of(session: AsyncSession, person_id: UUID) -> Belonging:
    """What somebody belongs to today."""
    (row,) = await fetch(session, _BELONGING, person_id)
    return Belonging(row["path"], frozenset(row["partners"]))


def acts_for_host(actor: Actor, permission: Permission = _READ) -> ColumnElement[bool]:
    """Rows joined to `hosts` and `entities` whose host `actor` acts for."""
    return or_(in_scope(actor, permission), hosts.c.partner_id.in_(actor.partners(permission)))


def _read() -> Select[Any]:
    """Bookings with their session's and training's titles, and the host's key and name."""
    return (
        select(
            bookings,
            persons.c.name.label("person_name"),
            sessions.c.title.label("session_title"),
            sessions.c.starts_at,
            sessions.c.ends_at,
            sessions.c.local_on,
            sessions.c.local_at,
            sessions.c.zone,
            sessions.c.place,
            sessions.c.link,
            sessions.c.cancelled_at,
            sessions.c.training_id,
            trainings.c.title.label("training_title"),
            trainings.c.language.label("training_language"),
            trainings.c.every_session,
            func.coalesce(entities.c.key, partners.c.key).label("host_key"),
            func.coalesce(entities.c.name, partners.c.name).label("host_name"),
            hosts.c.entity_id,
            hosts.c.partner_id,
            entities.c.path,
        )
        .join(sessions, sessions.c.id == bookings.c.session_id)
        .join(trainings, trainings.c.id == sessions.c.training_id)
        .join(hosts, hosts.c.id == bookings.c.host_id)
        .join(entities, entities.c.id == hosts.c.entity_id, isouter=True)
        .join(partners, partners.c.id == hosts.c.partner_id, isouter=True)
        .join(persons, persons.c.id == bookings.c.person_id, isouter=True)
    )


async def get_booking(
    session: AsyncSession, booking_id: UUID, *, actor: Actor, permission: Permission = _READ
) -> Any:
    """A booking: one's own, or of a host for which `actor` holds `permission`."""
    may = or_(bookings.c.person_id == actor.person_id, acts_for_host(actor, permission))
    found = (await session.execute(_read().where(bookings.c.id == booking_id, may))).one_or_none()
    if found is None:
        raise BookingNotFound()
    return found


async def list_bookings(
    session: AsyncSession,
    *,
    actor: Actor,
    session_id: UUID | None,
    state: BookingState | None,
    after: Sequence[str] | None,
    limit: int,
) -> Sequence[Any]:
    """Bookings of people of the hosts for which `actor` acts, by session and in order."""
    statement = _read().where(acts_for_host(actor))
    if session_id:
        statement = statement.where(bookings.c.session_id == session_id)
    if state:
        statement = statement.where(bookings.c.state == state.value)
    if after:
        same = and_(bookings.c.session_id == UUID(after[0]), bookings.c.number > int(after[1]))
        statement = statement.where(or_(bookings.c.session_id > UUID(after[0]), same))
    statement = statement.order_by(bookings.c.session_id, bookings.c.number).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def bookings_of(
    session: AsyncSession, person_id: UUID, *, after: Sequence[str] | None = None, limit: int
) -> Sequence[Any]:
    """One's own bookings, the one made last first."""
    statement = _read().where(bookings.c.person_id == person_id)
    if after:
        statement = statement.where(bookings.c.id < UUID(after[0]))
    rows: Sequence[Any] = (await session.execute(statement.order_by(bookings.c.id.desc()).limit(limit))).all()
    return rows


async def live_bookings_of(
    session: AsyncSession, person_id: UUID, session_ids: Sequence[UUID]
) -> dict[UUID, Any]:
    """One's live booking in each of these sessions."""
    statement = _read().where(
        bookings.c.person_id == person_id,
        bookings.c.session_id.in_(session_ids),
        bookings.c.state.in_(LIVE_STATES),
    )
    return {row.session_id: row for row in await session.execute(statement)}


async def seats_in_calendar(session: AsyncSession, person_id: UUID, *, since: datetime) -> Sequence[Any]:
    """One's seats in sessions that end later than `since`, with the session's `sequence`, for calendars."""
    statement = _read().add_columns(sessions.c.sequence)
    mine = and_(bookings.c.person_id == person_id, bookings.c.state == BookingState.SEATED.value)
    return (
        await session.execute(
            statement.where(mine, sessions.c.ends_at > since).order_by(sessions.c.starts_at)
        )
    ).all()


async def places_in_line(session: AsyncSession, booking_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many wait before each of these, of whichever host: 0 is the next."""
    others = bookings.alias("others")
    statement = (
        select(bookings.c.id, func.count(others.c.id).label("before"))
        .outerjoin(
            others,
            and_(
                others.c.session_id == bookings.c.session_id,
                others.c.state == BookingState.WAITLISTED.value,
                others.c.number < bookings.c.number,
            ),
        )
        .where(bookings.c.id.in_(booking_ids))
        .group_by(bookings.c.id)
    )
    return {row.id: row.before for row in await session.execute(statement)}
