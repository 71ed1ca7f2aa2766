"""Completions of programmes: appended when the course that was missing is completed, revoked with what they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Programmes, last_valid_day
from lms.catalogue.queries import PublishedProgrammes, get_editions, get_programmes, programmes_in
from lms.completions import queries
from lms.completions.domain import CompletionRevoked, CourseCompleted
from lms.completions.domain.programmes import (
    PROGRAMME_RULE,
    Done,
    Earlier,
    ProgrammeCompleted,
    ProgrammeRevoked,
    ProgrammeState,
    completed_anew,
    still_holds,
)
from lms.completions.models import ProgrammeCompletion, ProgrammeGround, ProgrammeRevocation
from lms.completions.queries import Ground
from lms.kernel import clock
from lms.kernel.database import table_of
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush, gather

programme_completions = table_of(ProgrammeCompletion)
grounds = table_of(ProgrammeGround)
revocations = table_of(ProgrammeRevocation)


async def on_course_completed(session: AsyncSession, events: Sequence[CourseCompleted]) -> None:
    """Reaction: append each programme that these completions make complete.

    Courses that are in no programme cost nothing; for the others what the people have is read, once for all.
    """
    published = await get_programmes(session)
    if not published.programmes.programmes:
        return
    editions = await get_editions(session, {event.course_version_id for event in events})
    by_person: dict[UUID, list[Done]] = {}
    for event in events:
        course = editions[event.course_version_id].key
        if course in published.programmes.by_course:
            done = Done(event.subject_id, course, event.occurred_on, event.valid_until)
            by_person.setdefault(event.person_id, []).append(done)
    if by_person:
        await _append_complete(session, published, by_person)


async def _append_complete(
    session: AsyncSession, published: PublishedProgrammes, by_person: Mapping[UUID, Sequence[Done]]
) -> None:
    """For these people, look at the programmes that the courses just done count for.

    What was just done may wait to be sent, so it is added to what the database knows.
    """
    programmes = published.programmes
    touched = {
        person: {key for each in done for key in programmes.by_course[each.course]}
        for person, done in by_person.items()
    }
    courses = {course for keys in touched.values() for key in keys for course in programmes.courses_of(key)}
    ground = await queries.ground_of(session, list(by_person), courses)
    made = _Made(published)
    for person, keys in touched.items():
        known = ground[person].with_done(by_person[person])
        for key in sorted(keys):
            made.look(person, key, known)
    await made.append(session)


@dataclass(slots=True)
class _Made:
    """Rows and events of programmes found complete."""

    published: PublishedProgrammes
    rows: list[dict[str, Any]] = field(default_factory=list)
    grounds: list[dict[str, Any]] = field(default_factory=list)
    events: list[ProgrammeCompleted] = field(default_factory=list)

    def look(self, person: UUID, key: str, ground: Ground) -> None:
        """Note the programme's completion if it is complete and nothing says so yet."""
        earlier = [each for each in ground.earlier if each.programme == key]
        found = completed_anew(self.published.programmes, key, ground.done, earlier, clock.today())
        if found is not None:
            self._note(person, key, *found, round=self._round(key, ground))

    def _round(self, key: str, ground: Ground) -> int:
        """How often the same was recorded before: whatever stands has lapsed, whatever else was revoked."""
        digest = self.published.programmes.digest_of(key)
        return ground.recorded.get((key, digest), 0)

    def _note(self, person: UUID, key: str, day: Any, state: ProgrammeState, *, round: int) -> None:
        programme = self.published.programmes.get(key)
        digest, at = self.published.programmes.digest_of(key), clock.now()
        row = {
            "id": new_id(),
            "person_id": person,
            "programme": key,
            "digest": digest,
            "document_id": self.published.id,
            "round": round,
            "rule": PROGRAMME_RULE,
            "occurred_on": day,
            "recorded_at": at,
            "valid_until": last_valid_day(day, programme.validity_months if programme else None),
        }
        self.rows.append(row)
        self.grounds += [
            {"programme_completion_id": row["id"], "completion_id": each.id} for each in state.rests_on
        ]
        self.events.append(_completed(row))

    async def append(self, session: AsyncSession) -> None:
        """Send the rows with what else this transaction writes, and say what happened."""
        gather(session, programme_completions, self.rows)
        gather(session, grounds, self.grounds)
        await publish(session, self.events, acting=None)


def _completed(row: Mapping[str, Any]) -> ProgrammeCompleted:
    data = {
        "person": str(row["person_id"]),
        "programme": row["programme"],
        "digest": row["digest"],
        "occurred_on": row["occurred_on"].isoformat(),
    }
    return ProgrammeCompleted(
        subject_id=row["id"],
        person_id=row["person_id"],
        programme=row["programme"],
        occurred_on=row["occurred_on"],
        data=data,
    )


# -- revocation --------------------------------------------------------------------------------------------


async def on_completion_revoked(session: AsyncSession, events: Sequence[CompletionRevoked]) -> None:
    """Reaction: revoke the programmes that were complete only with what was revoked.

    What is left may make the same programme complete on a later day; then that is recorded instead.
    """
    for event in events:
        await _revoke_resting(session, event)


async def _revoke_resting(session: AsyncSession, event: CompletionRevoked) -> None:
    person = event.person_id
    recorded = (await queries.ground_of(session, [person], ()))[person].earlier
    if not recorded:
        return
    published = await programmes_in(session, {each.document_id for each in recorded})
    courses = _courses_of(published, recorded)
    ground = (await queries.ground_of(session, [person], courses))[person]
    fallen = [each for each in recorded if not _still_holds(published[each.document_id], each, ground)]
    if not fallen:
        return
    at = clock.now()
    rows = [
        {"programme_completion_id": each.id, "completion_id": event.subject_id, "recorded_at": at}
        for each in fallen
    ]
    gather(session, revocations, rows)
    await publish(session, [_revoked(person, each, event.subject_id) for each in fallen], acting=None)
    await flush(session)
    await _append_instead(session, person, {each.programme for each in fallen})


def _courses_of(published: Mapping[UUID, Programmes], recorded: Iterable[Earlier]) -> set[str]:
    return {course for each in recorded for course in published[each.document_id].courses_of(each.programme)}


def _still_holds(programmes: Programmes, recorded: Earlier, ground: Ground) -> bool:
    others = [
        each for each in ground.earlier if each.programme == recorded.programme and each.id != recorded.id
    ]
    return still_holds(programmes, recorded, ground.done, others)


def _revoked(person: UUID, fallen: Earlier, completion_id: UUID) -> ProgrammeRevoked:
    data = {"person": str(person), "programme": fallen.programme, "completion": str(completion_id)}
    return ProgrammeRevoked(subject_id=fallen.id, person_id=person, programme=fallen.programme, data=data)


async def _append_instead(session: AsyncSession, person: UUID, keys: Iterable[str]) -> None:
    published = await get_programmes(session)
    there = sorted(key for key in keys if published.programmes.get(key))
    courses = {course for key in there for course in published.programmes.courses_of(key)}
    ground = (await queries.ground_of(session, [person], courses))[person]
    made = _Made(published)
    for key in there:
        made.look(person, key, ground)
    await made.append(session)


# -- after a publication -----------------------------------------------------------------------------------


async def settle_programmes(session: AsyncSession, *, after: UUID | None, most: int = 500) -> UUID | None:
    """Append, for the next people by id, programmes as published now that they completed before they were published.

    Who holds the programme as it was before keeps that and gets no second one. The last person looked at; None when
    there is nobody left.
    """
    published = await get_programmes(session)
    courses = set(published.programmes.by_course)
    people = await queries.people_with(session, courses, after=after, most=most)
    ground = await queries.ground_of(session, people, courses) if people else {}
    made = _Made(published)
    for person, known in ground.items():
        held = {each.programme for each in known.earlier}
        for programme in published.programmes.programmes:
            if programme.key not in held:
                made.look(person, programme.key, known)
    await made.append(session)
    return people[-1] if people else None
