"""Whom an actor may see: written here once, joined by every room."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Affiliation, Entity, Person

persons = table_of(Person)
affiliations = table_of(Affiliation)
entities = table_of(Entity)


def in_scope(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Entities for which `actor` holds `permission`, as a condition on `entities.path`."""
    return or_(
        false(), *(entities.c.path.startswith(path, autoescape=True) for path in actor.paths(permission))
    )


def person_ids_visible_to(actor: Actor, permission: Permission) -> Select[Any]:
    """Ids of the people who have, or had, an affiliation where `actor` holds `permission`; always oneself."""
    theirs = person_ids_in_scope(actor, permission)
    return theirs.union(select(persons.c.id).where(persons.c.id == actor.person_id))  # type: ignore[return-value]


def person_ids_in_scope(actor: Actor, permission: Permission) -> Select[Any]:
    """The same without oneself, for what nobody does to their own record."""
    return (
        select(affiliations.c.person_id)
        .join(entities, entities.c.id == affiliations.c.entity_id)
        .where(in_scope(actor, permission))
    )


def person_ids_kept_by(actor: Actor, permission: Permission) -> Select[Any]:
    """Of those in scope the people whose record `actor` keeps today.

    They belong there now or soon, or belong nowhere else any more: whoever moved on is kept by where they went.
    """
    today = func.current_date()
    elsewhere = affiliations.alias("elsewhere")
    gone = ~exists().where(
        elsewhere.c.person_id == affiliations.c.person_id,
        or_(elsewhere.c.until_on.is_(None), elsewhere.c.until_on >= today),
    )
    here = or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= today)
    return person_ids_in_scope(actor, permission).where(or_(here, gone))


async def is_kept_by(session: AsyncSession, actor: Actor, permission: Permission, person_id: UUID) -> bool:
    """Whether `actor` keeps the person's record today."""
    theirs = person_ids_kept_by(actor, permission).where(affiliations.c.person_id == person_id)
    return (await session.execute(theirs.limit(1))).first() is not None


async def is_in_scope(session: AsyncSession, actor: Actor, permission: Permission, person_id: UUID) -> bool:
    """Whether the person has, or had, an affiliation where `actor` holds `permission`."""
    if not actor.may(permission):
        return False
    theirs = person_ids_in_scope(actor, permission).where(affiliations.c.person_id == person_id)
    return (await session.execute(theirs.limit(1))).first() is not None


def person_visible_to(
    actor: Actor, permission: Permission, person_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether `person_id` is among `person_ids_visible_to`, asked for each person: for a few known people."""
    if "/" in actor.paths(permission):
        return true()
    theirs = exists().where(
        affiliations.c.person_id == person_id,
        entities.c.id == affiliations.c.entity_id,
        in_scope(actor, permission),
    )
    return or_(person_id == actor.person_id, theirs)


def fact_visible_to(
    actor: Actor, permission: Permission, person_id: ColumnElement[Any], day: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Whether a fact about `person_id` dated `day` may be seen: one's own, or dated within an affiliation in scope.

    HR sees what happened while the person was theirs; what was before is the person's to share.
    """
    if any(path == "/" for path in actor.paths(permission)):
        return true()
    within = (
        exists()
        .where(affiliations.c.person_id == person_id)
        .where(entities.c.id == affiliations.c.entity_id)
        .where(in_scope(actor, permission))
        .where(affiliations.c.from_on <= day)
        .where(or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= day))
    )
    return or_(person_id == actor.person_id, within)


def reports_to(officer_id: UUID, person_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether `officer_id` is the first or second reporting officer of `person_id` today."""
    reporting = affiliations.alias("reporting")
    return exists().where(
        reporting.c.person_id == person_id,
        or_(
            reporting.c.first_reporting_officer_id == officer_id,
            reporting.c.second_reporting_officer_id == officer_id,
        ),
        reporting.c.from_on <= func.current_date(),
        or_(reporting.c.until_on.is_(None), reporting.c.until_on >= func.current_date()),
    )


def main_on(affiliation: str, day: str) -> str:
    """In SQL: whether `affiliation` (a table or an alias) is the one main affiliation of its person on `day`.

    Several main ones can run at once, a fixed term beside the next post, say: the one that began last counts.
    """
    others = (
        "later.is_primary AND later.from_on <= {day} AND (later.until_on IS NULL OR later.until_on >= {day})"
    )
    return (
        f"{affiliation}.is_primary AND {affiliation}.from_on <= {day}"
        f" AND ({affiliation}.until_on IS NULL OR {affiliation}.until_on >= {day})"
        f" AND NOT EXISTS (SELECT 1 FROM affiliations later WHERE later.person_id = {affiliation}.person_id"
        f" AND later.from_on > {affiliation}.from_on AND {others.format(day=day)})"
    )


def current_on(day: ColumnElement[Any] | date) -> ColumnElement[bool]:
    """Affiliations in force on `day`."""
    return and_(
        affiliations.c.from_on <= day, or_(affiliations.c.until_on.is_(None), affiliations.c.until_on >= day)
    )
