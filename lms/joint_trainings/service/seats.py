"""Seats given and taken while their sessions are locked: the one place where bookings change state.

Sessions that are attended together are booked together. Whoever changes seats locks all of them in the order of their
ids; the order of bookings is the order in which that lock was got.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import LIVE, SEATS, BookingMoved, BookingState, Cause, NoSeatLeft
from lms.joint_trainings.domain.seats import Claim, Quotas, can_seat, who_gets_the_seat, whose_seat
from lms.joint_trainings.domain.sessions import SessionNotFound, SessionOver, local_day
from lms.joint_trainings.models.sessions import BookingMove
from lms.joint_trainings.queries.sessions import bookings
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.statements import fetch
from lms.kernel.writes import flush, gather

_moves = table_of(BookingMove)
_SEATED, _WAITLISTED, _HELD = BookingState.SEATED, BookingState.WAITLISTED, BookingState.HELD

# Attendance and other rows that name a session need not wait: its key does not change.
_LOCK = """
    SELECT s.id, s.training_id, s.title, s.seats, s.release_on, s.zone, s.starts_at, s.ends_at, s.cancelled_at,
           t.every_session, t.lead_entity_id, t.state AS training_state
      FROM training_sessions s JOIN joint_trainings t ON t.id = s.training_id
     WHERE s.training_id = (SELECT training_id FROM training_sessions WHERE id = $1)
       AND (s.id = $1 OR (t.every_session AND s.cancelled_at IS NULL))
     ORDER BY s.id FOR NO KEY UPDATE OF s"""
_STANDING = """
    SELECT host_id, count(*) FILTER (WHERE state IN ('held', 'seated')) AS taken,
           count(*) FILTER (WHERE state = 'waitlisted') AS waiting
      FROM bookings WHERE session_id = $1 AND state IN ('held', 'seated', 'waitlisted') GROUP BY host_id"""
# What is to be known under the lock, in one statement: the next in line waits for it.
_UNDER_LOCK = f"""
    SELECT (SELECT jsonb_object_agg(host_id, seats) FROM seat_quotas WHERE session_id = $1) AS quotas,
           (SELECT jsonb_agg(jsonb_build_array(host_id, taken, waiting)) FROM ({_STANDING}) x) AS standing,
           (SELECT jsonb_object_agg(s.id, coalesce((SELECT max(number) FROM bookings b WHERE b.session_id = s.id), 0))
              FROM unnest($2::uuid[]) AS s(id)) AS last,
           (SELECT min(state) FROM bookings WHERE session_id = ANY($2::uuid[]) AND person_id = $3::uuid
               AND state IN ('held', 'seated', 'waitlisted')) AS own"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Seats taken and people waiting, by host."""

    taken: Counter[UUID]
    waiting: Counter[UUID]


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that are booked together, locked, in time order. Their seats are the same; the first one's count."""

    sessions: Sequence[Any]
    quotas: Quotas
    standing: Standing  # when it was locked
    last: Mapping[UUID, int]  # number given in each session, until then
    own: BookingState | None  # how the person asked about is booked in them

    @property
    def first(self) -> Any:
        """The session that begins first."""
        return self.sessions[0]

    @property
    def ids(self) -> list[UUID]:
        """Ids of its sessions."""
        return [each["id"] for each in self.sessions]

    @property
    def today(self) -> date:
        """The day at the place, on which seats are released."""
        return local_day(clock.now(), self.first["zone"])

    def require_open(self) -> None:
        """Raise unless all of it is still to come."""
        if any(each["cancelled_at"] or each["starts_at"] <= clock.now() for each in self.sessions):
            raise SessionOver()


async def lock_group(session: AsyncSession, session_id: UUID, person_id: UUID | None = None) -> Group:
    """The session with those that are booked with it, locked until the transaction ends.

    One group is for one change: lock it again before the next.
    """
    await flush(session)
    rows = await fetch(session, _LOCK, session_id)
    if not rows:
        raise SessionNotFound()
    if rows[0]["every_session"]:
        rows = await fetch(session, _LOCK, session_id)  # with one that was planned while this waited
    rows = sorted(rows, key=lambda row: (row["starts_at"], row["id"]))
    first = rows[0]
    (known,) = await fetch(session, _UNDER_LOCK, first["id"], [row["id"] for row in rows], person_id)
    of = {UUID(host): seats for host, seats in (known["quotas"] or {}).items()}
    standing = [(UUID(host), taken, waiting) for host, taken, waiting in known["standing"] or ()]
    return Group(
        rows,
        Quotas(first["seats"], of, first["release_on"]),
        Standing(
            Counter({host: taken for host, taken, _ in standing}),
            Counter({host: waiting for host, _, waiting in standing if waiting}),
        ),
        {UUID(each): number for each, number in known["last"].items()},
        BookingState(known["own"]) if known["own"] else None,
    )


async def standing_in(session: AsyncSession, group: Group) -> Standing:
    """How the seats of a locked group stand."""
    rows = await fetch(session, _STANDING, group.first["id"])
    return Standing(
        Counter({row["host_id"]: row["taken"] for row in rows}),
        Counter({row["host_id"]: row["waiting"] for row in rows if row["waiting"]}),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """Who books: a person of a host, or a seat held for an invitation until it expires."""

    host_id: UUID
    person_id: UUID | None
    invitation_id: UUID | None = None
    held_until: datetime | None = None


async def standing_for(session: AsyncSession, group: Group, *, acting: Actor | None) -> Standing:
    """How the seats stand for one more who comes now: who waits already and could be seated is seated first."""
    standing = group.standing
    if any(can_seat(group.quotas, standing.taken, host, group.today) for host in standing.waiting):
        await settle(session, group, acting=acting)
        standing = await standing_in(session, group)
    return standing


async def enter(
    session: AsyncSession, group: Group, entry: Entry, *, acting: Actor | None
) -> Sequence[Mapping[str, Any]]:
    """Book all sessions of a locked group: seated in all of them, or waiting for all of them; the bookings made.

    A seat that is to be held and is not there raises `NoSeatLeft`: an address does not wait in line.
    """
    standing = await standing_for(session, group, acting=acting)
    state, seat_host = _WAITLISTED, None
    if can_seat(group.quotas, standing.taken, entry.host_id, group.today):
        state = _HELD if entry.person_id is None else _SEATED
        seat_host = whose_seat(group.quotas, standing.taken, entry.host_id, group.today)
    elif entry.person_id is None:
        raise NoSeatLeft()
    return await _insert(session, group, entry, state, seat_host, acting)


async def _insert(
    session: AsyncSession,
    group: Group,
    entry: Entry,
    state: BookingState,
    seat_host: UUID | None,
    acting: Actor | None,
) -> Sequence[Mapping[str, Any]]:
    now, by = clock.now(), acting.person_id if acting else None
    made = [
        {
            "id": new_id(),
            "number": group.last[each["id"]] + 1,
            "session_id": each["id"],
            "person_id": entry.person_id,
            "invitation_id": entry.invitation_id,
            "host_id": entry.host_id,
            "seat_host_id": seat_host,
            "state": state.value,
            "booked_by_id": by,
            "booked_at": now,
            "seated_at": now if state is _SEATED else None,
            "held_until": entry.held_until if state is _HELD else None,
            "is_late": False,
            "revision": 1,
        }
        for each in group.sessions
    ]
    gather(session, bookings, made)
    cause = Cause.INVITED if state is _HELD else Cause.BOOKED
    gather(session, _moves, [_fact(row | {"state": None}, state, cause, by, seat_host) for row in made])
    await _tell(session, group, made, state, cause, acting)
    await flush(session)  # the next who comes under this lock counts it
    return made


def _fact(
    row: Mapping[str, Any], to: BookingState, cause: Cause, by: UUID | None, seat_host: UUID | None
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "booking_id": row["id"],
        "session_id": row["session_id"],
        "person_id": row["person_id"],
        "from_state": row["state"],
        "to_state": to.value,
        "cause": cause.value,
        "seat_host_id": seat_host,
        "by_id": by,
        "recorded_at": clock.now(),
    }


async def _tell(
    session: AsyncSession,
    group: Group,
    rows: Sequence[Mapping[str, Any]],
    state: BookingState,
    cause: Cause,
    acting: Actor | None,
) -> None:
    said = [
        BookingMoved(
            subject_id=row["id"],
            entity_id=group.first["lead_entity_id"],
            data={"session": str(row["session_id"]), "state": state.value, "cause": cause.value},
        )
        for row in rows
    ]
    await publish(session, said, acting=acting)


async def copy_booking(
    session: AsyncSession, group: Group, row: Mapping[str, Any], session_id: UUID, *, acting: Actor
) -> None:
    """The same booking in one more session that is attended with the others; it keeps its order."""
    now, state = clock.now(), BookingState(row["state"])
    made = dict(row) | {"id": new_id(), "session_id": session_id, "booked_at": now, "revision": 1}
    made["seated_at"] = now if state is _SEATED else None
    gather(session, bookings, [made])
    by = acting.person_id
    fact = _fact(made | {"state": None}, state, Cause.BOOKED, by, row["seat_host_id"])
    gather(session, _moves, [fact])
    await _tell(session, group, [made], state, Cause.BOOKED, acting)


async def claims_in(session: AsyncSession, session_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Live bookings of sessions, in order."""
    statement = (
        select(bookings)
        .where(bookings.c.session_id.in_(session_ids), bookings.c.state.in_([each.value for each in LIVE]))
        .order_by(bookings.c.session_id, bookings.c.number)
    )
    await flush(session)
    return [dict(row._mapping) for row in await session.execute(statement)]


async def move(
    session: AsyncSession,
    group: Group,
    rows: Sequence[Mapping[str, Any]],
    to: BookingState,
    cause: Cause,
    *,
    acting: Actor | None,
    **values: Any,
) -> None:
    """Bring bookings of a locked group to a state, with `values` of their columns; each becomes a fact."""
    if not rows:
        return
    await flush(session)
    changed = {"state": to.value, "revision": bookings.c.revision + 1} | values
    await session.execute(
        update(bookings).where(bookings.c.id.in_([row["id"] for row in rows])).values(changed)
    )
    by, seat_host = (acting.person_id if acting else None), values.get("seat_host_id")
    told = [dict(row) | {"person_id": values.get("person_id", row["person_id"])} for row in rows]
    gather(session, _moves, [_fact(row, to, cause, by, seat_host) for row in told])
    await _tell(session, group, rows, to, cause, acting)


async def settle(session: AsyncSession, group: Group, *, acting: Actor | None) -> int:
    """Seat whoever waits and can be seated, in order; how many were. Done twice, it does nothing."""
    if any(each["cancelled_at"] or each["starts_at"] <= clock.now() for each in group.sessions):
        return 0
    live = await claims_in(session, group.ids)
    ahead = [row for row in live if row["session_id"] == group.first["id"]]
    by_number = {row["number"]: row for row in ahead}
    claims = [Claim(row["number"], row["host_id"], row["state"] in SEATS) for row in ahead]
    taken = Counter(claim.host for claim in claims if claim.is_seated)
    given = []
    for claim in who_gets_the_seat(group.quotas, claims, group.today):
        given.append((by_number[claim.number], whose_seat(group.quotas, taken, claim.host, group.today)))
        taken[claim.host] += 1
    for seat_host, some in groupby(sorted(given, key=lambda each: str(each[1])), key=lambda each: each[1]):
        people = {row["person_id"] for row, _ in some}
        theirs = [row for row in live if row["person_id"] in people and row["state"] == _WAITLISTED]
        now = clock.now()
        await move(
            session,
            group,
            theirs,
            _SEATED,
            Cause.PROMOTED,
            acting=acting,
            seat_host_id=seat_host,
            seated_at=now,
        )
    return len(given)
