"""Facts count for longer or for less long: what absences and newer editions change is recorded beside each fact.

`settle` looks at facts, says until when each counts by `domain.validity`, and appends what is different from what
was known. Run twice it appends nothing the second time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.domain.validity import (
    Newer,
    ProgrammeValidityChanged,
    Validity,
    ValidityChanged,
    validity_of,
)
from lms.completions.models import ValidityChange
from lms.kernel import clock
from lms.kernel.database import table_of
from lms.kernel.events import Event, publish
from lms.kernel.ids import new_id
from lms.kernel.statements import fetch
from lms.kernel.writes import flush, gather
from lms.people.domain import AbsencesChanged

changes = table_of(ValidityChange)


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of fact that may lapse. `rows` selects id, person_id, occurred_on, recorded_at, valid_until, course_id
    and number (of the course version it rests on; NULL where a newer one changes nothing) of those not revoked.
    """

    name: str
    rows: str
    event: type[Event] | None = None


COMPLETIONS = FactKind(
    "completion",
    """SELECT c.id, c.person_id, c.occurred_on, c.recorded_at, c.valid_until, v.course_id, v.number
         FROM completions c JOIN course_versions v ON v.id = c.course_version_id
        WHERE c.source <> 'waiver' -- it runs until the day that was decided
          AND NOT EXISTS (SELECT 1 FROM completion_revocations r WHERE r.completion_id = c.id)""",
    ValidityChanged,
)
PROGRAMMES = FactKind(
    "programme_completion",
    """SELECT c.id, c.person_id, c.occurred_on, c.recorded_at, c.valid_until, NULL::uuid AS course_id,
              NULL::int AS number
         FROM programme_completions c
        WHERE NOT EXISTS (SELECT 1 FROM programme_revocations r WHERE r.programme_completion_id = c.id)""",
    ProgrammeValidityChanged,
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which facts to look at: of these people, of these courses, or recorded since a moment."""

    people: Sequence[UUID] | None = None
    courses: Sequence[UUID] | None = None
    since: datetime | None = None

    def condition(self) -> tuple[str, Any]:
        """What a fact `f` must be like, with `$3` in it, and the value of that."""
        if self.people is not None:
            return "f.person_id = ANY($3::uuid[])", list(self.people)
        if self.courses is not None:
            return "f.course_id = ANY($3::uuid[])", list(self.courses)
        return "f.recorded_at >= $3::timestamptz", self.since


@dataclass(frozen=True, slots=True)
class Settled:
    """What one turn did: the people for whom something changed, and the last fact looked at (None: no more)."""

    people: frozenset[UUID]
    last: UUID | None


# Only facts that something may have changed: the others cost a look into two indexes.
_FACTS = """
SELECT f.id, f.person_id, f.occurred_on, f.valid_until AS recorded, w.valid_until AS known_until,
       w.days_added, w.superseded_by_id, away.spans AS absences, newer.versions AS newer
  FROM ({rows}) f
  LEFT JOIN LATERAL (SELECT * FROM validity_changes v WHERE v.fact_id = f.id
                      ORDER BY v.recorded_at DESC, v.id DESC LIMIT 1) w ON true
  LEFT JOIN LATERAL (SELECT json_agg(json_build_array(b.from_on, b.until_on)) AS spans
                       FROM absences b WHERE b.person_id = f.person_id AND b.until_on >= f.occurred_on) away ON true
  LEFT JOIN LATERAL (SELECT json_agg(json_build_array(n.id, (n.published_at AT TIME ZONE 'UTC')::date, n.renew_by))
                            AS versions
                       FROM courses k JOIN course_versions now ON now.id = k.current_version_id
                       JOIN course_versions n ON n.course_id = k.id AND n.change = 'material'
                      WHERE k.id = f.course_id AND n.number > f.number AND n.number <= now.number) newer ON true
 WHERE f.id > $1 AND {condition}
   AND (w.id IS NOT NULL OR away.spans IS NOT NULL OR newer.versions IS NOT NULL)
 ORDER BY f.id LIMIT $2
"""
_TURN = text("SELECT pg_advisory_xact_lock(4703123)")
_FIRST = UUID(int=0)


async def settle(
    session: AsyncSession, kind: FactKind, which: Which, *, after: UUID | None = None, most: int = 1000
) -> Settled:
    """Look at the next facts by id and append until when they count, where that is new.

    One at a time: of two that settle at once, the later would not see what the earlier has read and append it again.
    """
    await flush(session)
    await session.execute(_TURN)
    condition, value = which.condition()
    statement = _FACTS.format(rows=kind.rows, condition=condition)
    rows = await fetch(session, statement, after or _FIRST, most, value)
    changed = [(row, new) for row in rows if (new := _validity(row)) != _known(row)]
    gather(session, changes, [_change(kind, row, new) for row, new in changed])
    if kind.event is not None:
        await publish(session, [_event(kind.event, row, new) for row, new in changed], acting=None)
    await flush(session)
    people = frozenset(row["person_id"] for row, _ in changed)
    return Settled(people, rows[-1]["id"] if len(rows) == most else None)


async def settle_all(session: AsyncSession, kind: FactKind, which: Which) -> frozenset[UUID]:
    """The same for all of them in one transaction: for facts of few people."""
    people: frozenset[UUID] = frozenset()
    last: UUID | None = None
    while True:
        settled = await settle(session, kind, which, after=last)
        people |= settled.people
        last = settled.last
        if last is None:
            return people


async def on_absences_changed(session: AsyncSession, events: Sequence[AbsencesChanged]) -> None:
    """Reaction: move the ends of what these people hold."""
    which = Which(people=[event.subject_id for event in events])
    for kind in (COMPLETIONS, PROGRAMMES):
        await settle_all(session, kind, which)


def _validity(row: Any) -> Validity:
    absences = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in row["absences"] or ()]
    newer = [
        Newer(UUID(version), date.fromisoformat(published), date.fromisoformat(renew_by))
        for version, published, renew_by in row["newer"] or ()
    ]
    return validity_of(row["occurred_on"], row["recorded"], absences, newer)


def _known(row: Any) -> Validity:
    if row["known_until"] is None:
        return Validity(row["recorded"])
    return Validity(row["known_until"], row["days_added"], row["superseded_by_id"])


def _change(kind: FactKind, row: Any, new: Validity) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind.name,
        "fact_id": row["id"],
        "person_id": row["person_id"],
        "valid_until": new.until,
        "days_added": new.days_added,
        "superseded_by_id": new.superseded_by_id,
        "recorded_at": clock.now(),
    }


def _event(kind: type[Event], row: Any, new: Validity) -> Event:
    data: Mapping[str, Any] = {
        "person": str(row["person_id"]),
        "valid_until": new.until.isoformat() if new.until else None,
        "days_added": new.days_added,
        "superseded_by": str(new.superseded_by_id) if new.superseded_by_id else None,
    }
    return kind(subject_id=row["id"], data=data)
