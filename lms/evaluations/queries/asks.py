"""Forms as those see them who are asked to fill them in: their own and nobody else's."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.happenings import NotAsked
from lms.evaluations.domain.levels import Kind
from lms.evaluations.models import (
    BehaviourAnswer,
    BehaviourConsent,
    EvaluationAsk,
    TestScore,
)
from lms.joint_trainings.models.trainings import JointTraining
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.people.models import Affiliation, Person, RoleGrant
from lms.people.queries.visible import current_on

asks = table_of(EvaluationAsk)
answers = table_of(BehaviourAnswer)
consents = table_of(BehaviourConsent)
scores = table_of(TestScore)
trainings = table_of(JointTraining)
persons = table_of(Person)
affiliations = table_of(Affiliation)
grants = table_of(RoleGrant)


def _read() -> Select[Any]:
    """Asks with the training's title and days, and whom they are about."""
    return (
        select(
            asks,
            trainings.c.title,
            trainings.c.language,
            trainings.c.course_id,
            trainings.c.course_version_id,
            trainings.c.starts_on,
            trainings.c.ends_on,
            persons.c.name.label("about"),
        )
        .join(trainings, trainings.c.id == asks.c.training_id)
        .join(persons, persons.c.id == asks.c.about_id)
    )


def _is_open(today: date) -> ColumnElement[bool]:
    return and_(asks.c.is_answered.is_(False), asks.c.opens_on <= today, asks.c.closes_on >= today)


async def list_open_asks(
    session: AsyncSession, *, actor: Actor, today: date, after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    """What `actor` is asked now, what closes first first."""
    statement = _read().where(asks.c.person_id == actor.person_id, _is_open(today))
    if after:
        day = date.fromisoformat(after[0])
        later = and_(asks.c.closes_on == day, asks.c.id > UUID(after[1]))
        statement = statement.where(or_(asks.c.closes_on > day, later))
    statement = statement.order_by(asks.c.closes_on, asks.c.id).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def get_own_ask(
    session: AsyncSession,
    training_id: UUID,
    kind: Kind,
    *,
    actor: Actor,
    about_id: UUID | None = None,
    lock: bool = False,
) -> Any:
    """The form `actor` is or was asked to fill in; `NotAsked` where there is none for them.

    `about_id` names the learner a supervisor is asked about.
    """
    statement = _read().where(
        asks.c.training_id == training_id,
        asks.c.kind == kind.value,
        asks.c.person_id == actor.person_id,
        asks.c.about_id == (about_id or actor.person_id),
    )
    if lock:
        statement = statement.with_for_update(of=asks)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotAsked()
    return found


async def scores_of(session: AsyncSession, *, actor: Actor) -> Sequence[Any]:
    """What one's own tests were worth, by training and kind, the latest training first."""
    statement = (
        select(scores, trainings.c.title, trainings.c.language)
        .join(trainings, trainings.c.id == scores.c.training_id)
        .where(scores.c.person_id == actor.person_id)
        .order_by(scores.c.training_id.desc(), scores.c.recorded_at)
    )
    return (await session.execute(statement)).all()


# -- who may be asked about a learner ----------------------------------------------------------------------


async def find_consent(session: AsyncSession, training_id: UUID, *, actor: Actor) -> Any:
    """One's consent that is in force, with the name of whoever is asked; None: there is none."""
    statement = (
        select(consents, persons.c.name.label("asked"))
        .join(persons, persons.c.id == consents.c.asked_id)
        .where(
            consents.c.training_id == training_id,
            consents.c.person_id == actor.person_id,
            consents.c.withdrawn_at.is_(None),
        )
    )
    return (await session.execute(statement)).one_or_none()


async def who_may_be_asked(session: AsyncSession, *, actor: Actor, today: date) -> Sequence[Any]:
    """People of one's own side who can be asked, by id and name.

    Personnel: their first reporting officer. People of a partner have none here: the partner's coordinators, of whom
    the learner names one.
    """
    own = and_(affiliations.c.person_id == actor.person_id, current_on(today))
    officers = select(affiliations.c.first_reporting_officer_id).where(
        own, affiliations.c.entity_id.isnot(None), affiliations.c.first_reporting_officer_id.isnot(None)
    )
    coordinators = (
        select(grants.c.person_id)
        .join(affiliations, affiliations.c.partner_id == grants.c.partner_id)
        .where(own, grants.c.role == "partner_coordinator", grants.c.revoked_at.is_(None))
        .where(or_(grants.c.until_on.is_(None), grants.c.until_on >= func.current_date()))
    )
    statement = (
        select(persons.c.id, persons.c.name)
        .where(persons.c.id.in_(officers.union(coordinators)), persons.c.id != actor.person_id)
        .where(persons.c.erased_at.is_(None))
        .order_by(persons.c.sort_key, persons.c.id)
    )
    return (await session.execute(statement)).all()
