"""From the version a learner began to the newest one, with what still counts."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Change, Edition
from lms.catalogue.queries import get_editions
from lms.catalogue.version_queries import VersionRef, list_versions
from lms.completions.service import record_own
from lms.enrolments import queries
from lms.enrolments.domain.moving import Move, counts, lies_between, plan_move
from lms.enrolments.domain.states import AnotherVersion, CannotMove, EnrolmentMoved, EnrolmentState, as_taken
from lms.enrolments.models import Enrolment
from lms.enrolments.service.progress import finished
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.writes import flush, gather_update

enrolments = table_of(Enrolment)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What moving to the newest version would come to, for a renewal by the shorter path of either.

    `under_way`: activities that have to be finished first.
    """

    now: VersionRef
    newest: VersionRef
    old: Edition
    new: Edition
    move: Move
    under_way: tuple[str, ...]

    @property
    def is_there(self) -> bool:
        """Whether there is nothing to move to."""
        return self.now.id == self.newest.id


async def prospect_of(session: AsyncSession, row: Any) -> Prospect:
    """What the learner of this enrolment keeps, and what is new; nothing is changed."""
    versions = await list_versions(session, row.course_id)
    by_id = {each.id: each for each in versions}
    now, newest = by_id[row.course_version_id], by_id[row.current_version_id]
    editions = await get_editions(session, [now.id, newest.id])
    old, new = as_taken(editions[now.id], row), as_taken(editions[newest.id], row)
    material = [each.number for each in versions if each.change == Change.MATERIAL]
    move = plan_move(
        old,
        new,
        row.progress,
        material=lies_between(material, now.number, newest.number),
    )
    under_way = tuple(await queries.under_way(session, row.id))
    return Prospect(now, newest, old, new, move, under_way)


async def move_on(session: AsyncSession, *, acting: Actor, enrolment_id: UUID, to: int) -> bool:
    """Move to the newest version, `to`, the one that was looked at; False for who is on it already.

    Attempts and pieces of work stay, each with the version it was made for; nothing is dated anew. No prerequisite is
    asked for: whoever is in the middle has come in. Where nothing is left to do then, the course is completed.
    Raises `AnotherVersion` when `to` is not the newest, `CannotMove` with what stands in the way.
    """
    row = await queries.get_own_enrolment(session, enrolment_id, actor=acting, lock=True)
    if row.course_version == to:
        return False
    prospect = await prospect_of(session, row)
    _check_may_move(row, prospect, to)
    await _write(session, row, prospect, acting=acting)
    move = prospect.move
    data = {
        "person": str(row.person_id),
        "course": row.course,
        "from": prospect.now.number,
        "to": prospect.newest.number,
        "kept": list(move.kept),
        "again": list(move.again),
    }
    await publish(session, [EnrolmentMoved(subject_id=row.id, data=data)], acting=acting)
    return True


def _check_may_move(row: Any, prospect: Prospect, to: int) -> None:
    if row.state != EnrolmentState.ACTIVE:
        raise CannotMove("This course is not under way: a completed or withdrawn one stays on its version.")
    if to != prospect.newest.number:
        sentence = f"Version {prospect.newest.number} is the newest; look at what it asks first."
        raise AnotherVersion(sentence, faults=[Fault("/version", sentence)])
    if prospect.under_way:
        faults = [Fault("", f"{key} is under way or waits for its assessor.") for key in prospect.under_way]
        raise CannotMove(f"First finish {', '.join(prospect.under_way)}.", faults=faults)


async def _write(session: AsyncSession, row: Any, prospect: Prospect, *, acting: Actor) -> None:
    move, new = prospect.move, prospect.new
    place = (row.place or "").partition("#")[0]
    values: dict[str, Any] = {
        "course_version_id": prospect.newest.id,
        "progress": dict(move.progress),
        "language": new.language_for(row.language),
        "place": row.place if place in {each.key for each in new.course.activities} else None,
    }
    if move.completes:
        values |= {"state": EnrolmentState.COMPLETED.value, "completed_at": clock.now()}
        row.course_version_id = prospect.newest.id
        await record_own(session, acting=acting, finished=finished(row, new.course))
    gather_update(session, enrolments, row.id, values)
    await flush(session)


async def that_count(
    session: AsyncSession, edition: Edition, activity: str, tries: Any, *, version_id: UUID
) -> list[Any]:
    """Of these tries at a quiz those at what it asks in this version: one that asks something else is another quiz."""
    editions = await get_editions(session, {each.course_version_id for each in tries} - {version_id})
    same = {key for key, old in editions.items() if counts(old, edition, activity, material=False)}
    return [each for each in tries if each.course_version_id in {*same, version_id}]
