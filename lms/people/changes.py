"""Changing people one at a time: what is known of a person, and what they set for themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Conflict, Fault
from lms.kernel.events import publish
from lms.kernel.i18n import sort_key
from lms.people import queries
from lms.people.domain import EmailTaken, PersonChanged, PersonNotFound, email_key
from lms.people.models import Account, Affiliation, Entity, Person, PersonChange, RoleGrant
from lms.people.search import person_words
from lms.people.turns import take_turn_with_people

persons = table_of(Person)


class EmailKept(Conflict):
    type, title = (
        "email-kept",
        "This person signs in or holds a role; only who runs the system changes their e-mail",
    )


async def get_person_for_change(session: AsyncSession, person_id: UUID, *, acting: Actor) -> Person:
    """The person, if the actor keeps their record; nobody else changes it.

    The row is locked until the transaction ends, so that two changes to one state cannot both succeed. Whoever records
    something about the person, and so refers to this row, need not wait: a job that settles validity would wait for
    an absence, which waits for the job's turn.
    """
    statement = select(Person).where(persons.c.id == person_id).with_for_update(key_share=True)
    if not acting.may(Permission.PEOPLE_IMPORT, "/"):
        visible = queries.person_ids_kept_by(acting, Permission.PEOPLE_IMPORT)
        statement = statement.where(persons.c.id.in_(visible))
    found: Person | None = await session.scalar(statement)
    if found is None or found.erased_at is not None:
        raise PersonNotFound()
    return found


async def change_person(
    session: AsyncSession, *, acting: Actor, person: Person, values: Mapping[str, Any]
) -> bool:
    """Set what `values` names; whether anything was different. Before and after go to `person_changes`.

    Raises `EmailTaken` and, for a person who signs in or holds a role, `EmailKept`.
    """
    different = {name: value for name, value in values.items() if value != getattr(person, name)}
    if not different:
        return False
    if "email" in different:
        await _check_email(session, acting, person, different["email"])
        person.email_key = email_key(different["email"]) if different["email"] else None
    before = {name: getattr(person, name) for name in different}
    for name, value in different.items():
        setattr(person, name, value)
    if {"name", "email"} & set(different):
        person.sort_key, person.search_words = sort_key(person.name), person_words(person.name, person.email)
    person.revision += 1
    await record_change(session, acting, person.id, before, different)
    await session.flush()
    return True


async def _check_email(session: AsyncSession, acting: Actor, person: Person, email: str | None) -> None:
    await take_turn_with_people(session)
    if not acting.may(Permission.PEOPLE_MANAGE, "/") and await _keeps_email(session, person.id):
        raise EmailKept(faults=[Fault("/email", "This e-mail is kept.")])
    other = await queries.find_person_by_email(session, email) if email else None
    if other is not None and other.id != person.id:
        raise EmailTaken(faults=[Fault("/email", "Another person has it.")])


async def _keeps_email(session: AsyncSession, person_id: UUID) -> bool:
    accounts, grants = table_of(Account), table_of(RoleGrant)
    statement = (
        select(accounts.c.person_id)
        .where(accounts.c.person_id == person_id)
        .union_all(
            select(grants.c.person_id).where(grants.c.person_id == person_id, grants.c.revoked_at.is_(None))
        )
    )
    return (await session.execute(statement)).first() is not None


async def record_change(
    session: AsyncSession, acting: Actor, person_id: UUID, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Keep what was known before and after, and say that it changed."""
    session.add(PersonChange(person_id=person_id, actor_id=acting.person_id, before=before, after=after))
    event = PersonChanged(subject_id=person_id, data={"fields": sorted(after)})
    await publish(session, [event], acting=acting)


async def change_own_settings(session: AsyncSession, *, acting: Actor, values: Mapping[str, Any]) -> Person:
    """Set one's own language, languages or time zone."""
    person = await session.get(Person, acting.person_id, with_for_update=True)
    if person is None:
        raise PersonNotFound()
    await change_person(session, acting=acting, person=person, values=values)
    return person


async def get_post_for_change(session: AsyncSession, person_id: UUID, *, acting: Actor) -> Affiliation:
    """The person's present primary affiliation, if it lies where the actor assigns profiles; locked."""
    affiliations, entities = table_of(Affiliation), table_of(Entity)
    statement = (
        select(Affiliation)
        .join(entities, entities.c.id == affiliations.c.entity_id)
        .where(affiliations.c.person_id == person_id, affiliations.c.is_primary)
        .where(queries.current_on(clock.today()), queries.in_scope(acting, Permission.PROFILES_ASSIGN))
        .order_by(affiliations.c.from_on.desc())
        .limit(1)
        .with_for_update(of=affiliations)
    )
    found: Affiliation | None = await session.scalar(statement)
    if found is None:
        raise PersonNotFound()
    return found


async def change_target_profile(
    session: AsyncSession, *, acting: Actor, post: Affiliation, profile: str | None
) -> None:
    """Say which target profile a post has; None leaves it to the defaults. Whoever calls knows that there is such
    a profile: profiles lie above this room.
    """
    if post.target_profile == profile:
        return
    before = {"target_profile": post.target_profile}
    post.target_profile = profile
    post.revision += 1
    await record_change(session, acting, post.person_id, before, {"target_profile": profile})
    await session.flush()
