"""A training goes from one state to another: every forbidden move is refused with all that stands in its way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.models import Course
from lms.joint_trainings.domain.ex_ante import UN_SIDE, obstacles_to_assessed
from lms.joint_trainings.domain.states import (
    Ground,
    Obstacle,
    TrainingState,
    is_on_the_way,
    next_state,
    obstacles_on_the_ground,
)
from lms.joint_trainings.domain.trainings import MoveRefused, TrainingMoved
from lms.joint_trainings.models.trainings import JointTraining, TrainingMove
from lms.joint_trainings.queries.ex_ante import assessments_of
from lms.joint_trainings.queries.sessions import first_and_last, trainings_begun
from lms.joint_trainings.queries.trainings import hosts_of
from lms.joint_trainings.service.gate import obstacles_at_the_gate
from lms.joint_trainings.service.lessons import obstacles_of_lesson
from lms.joint_trainings.service.papers import (
    obstacles_by_hands,
    obstacles_by_law,
    papers_of,
    track_now,
)
from lms.joint_trainings.service.signoff import obstacles_of_attendance
from lms.joint_trainings.service.trainings import require_lead
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault, Invalid
from lms.kernel.events import publish

_S = TrainingState


async def move(
    session: AsyncSession,
    *,
    acting: Actor,
    training: JointTraining,
    to: TrainingState,
    reason: str | None = None,
) -> None:
    """Bring a locked training to another state; the lead does.

    A move of the wrong shape, or one that something stands in the way of, raises `MoveRefused`.
    """
    await require_lead(session, training, acting=acting)
    if to in (_S.CANCELLED, _S.DRAFT) and not (reason or "").strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    hosts = (await hosts_of(session, [training.id]))[training.id]
    state, with_partner = TrainingState(training.state), has_partner(hosts)
    if not is_on_the_way(state, to, with_partner=with_partner):
        raise MoveRefused(_wrong_way(state, to, with_partner=with_partner))
    found = await obstacles_to(session, training, hosts, to)
    if found:
        raise MoveRefused(f"Before it is {to.value}, something is left to do; see errors.", found)
    await _go(session, training, to, acting=acting, reason=reason)


def _wrong_way(state: TrainingState, to: TrainingState, *, with_partner: bool) -> str:
    onward = next_state(state, with_partner=with_partner)
    after = f"What comes next is {onward.value}." if onward else "Nothing comes after that."
    return f"A training that is {state.value} does not become {to.value}. {after}"


def has_partner(hosts: list[Any]) -> bool:
    """Whether a partner is among the hosts, rows of `hosts_of`."""
    return any(host.partner_id for host in hosts)


async def obstacles_to(
    session: AsyncSession, training: JointTraining, hosts: list[Any], to: TrainingState
) -> list[Obstacle]:
    """All that stands in the way of a move of the right shape."""
    held = await first_and_last(session, training.id)
    found = obstacles_on_the_ground(to, _ground(training, hosts, held))
    found += await obstacles_of_lesson(session, training, to)
    if has_partner(hosts):
        found += await _obstacles_with_a_partner(session, training, hosts, to)
    found += await obstacles_of_attendance(session, training.id) if to is _S.CLOSED else []
    return found + await obstacles_at_the_gate(session, training, hosts, to)


async def _obstacles_with_a_partner(
    session: AsyncSession, training: JointTraining, hosts: list[Any], to: TrainingState
) -> list[Obstacle]:
    """Assessed before it is agreed; agreed on paper, cleared and signed before it is published."""
    if to not in (_S.ASSESSED, _S.AGREED, _S.PUBLISHED):
        return []
    found = await _obstacles_to_assessed(session, training, hosts)
    if to is _S.ASSESSED:
        return found
    papers = await papers_of(session, training, hosts)
    return [
        *found,  # the track may have become the full one since
        *papers.obstacles_within(),
        *await obstacles_by_law(session, papers),
        *await obstacles_by_hands(session, papers),
    ]


async def _obstacles_to_assessed(
    session: AsyncSession, training: JointTraining, hosts: list[Any]
) -> list[Obstacle]:
    rows = await assessments_of(session, training.id)
    answered = {row.partner_name or UN_SIDE for row in rows}
    partners = [host.name for host in hosts if host.partner_id]
    track = (await track_now(session, training, hosts)).track
    return obstacles_to_assessed(track, answered, partners)


def _ground(training: JointTraining, hosts: list[Any], held: tuple[datetime, datetime] | None) -> Ground:
    last, today = training.ends_on or training.starts_on, clock.today()
    has_begun = training.starts_on is not None and training.starts_on <= today
    is_over = last is not None and last < today
    if held is not None:
        has_begun, is_over = held[0] <= clock.now(), held[1] <= clock.now()
    return Ground(
        hosts=len(hosts),
        waiting_hosts=[host.name for host in hosts if host.accepted_at is None],
        has_lead=training.lead_entity_id is not None,
        has_content=training.course_id is not None or held is not None,
        has_days=training.starts_on is not None or held is not None,
        has_begun=has_begun,
        is_over=is_over,
    )


async def _go(
    session: AsyncSession,
    training: JointTraining,
    to: TrainingState,
    *,
    acting: Actor | None,
    reason: str | None,
) -> None:
    before = TrainingState(training.state)
    if to is _S.PUBLISHED and training.course_id:
        course = await session.get_one(Course, training.course_id)
        training.course_version_id = course.current_version_id
    hosts = (await hosts_of(session, [training.id]))[training.id]
    training.state = to.value
    training.revision += 1
    session.add(
        TrainingMove(
            training_id=training.id,
            from_state=before.value,
            to_state=to.value,
            by_id=acting.person_id if acting else None,
            reason=(reason or "").strip() or None,
            track=(await track_now(session, training, hosts)).track.value,
        )
    )
    await session.flush()
    said = TrainingMoved(
        subject_id=training.id,
        entity_id=training.lead_entity_id,
        before=before,
        after=to,
        data={"from": before.value, "to": to.value},
    )
    await publish(session, [said], acting=acting)


async def begin_due(session: AsyncSession) -> list[UUID]:
    """Have published trainings run from their first day on; those that were moved. Done twice, it does nothing."""
    begun = []
    for training_id in await trainings_begun(session, today=clock.today(), now=clock.now()):
        training = await session.get_one(JointTraining, training_id, with_for_update=True)
        if training.state == _S.PUBLISHED:
            await _go(session, training, _S.RUNNING, acting=None, reason=None)
            begun.append(training_id)
    return begun
