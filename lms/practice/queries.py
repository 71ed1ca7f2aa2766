"""Every SELECT about practice: one's own, and what one is asked to attest."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.completions.models import Evidence
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.partners.models import Partner, PartnerContact
from lms.people.models import Person
from lms.people.queries.visible import main_on
from lms.practice.domain import ClaimNotFound, ClaimState, ConfirmationOver, Officers
from lms.practice.models import (
    PracticeClaim,
    PracticeConfirmation,
    PracticeDecision,
    PracticeFile,
    PracticeRating,
)

claims = table_of(PracticeClaim)
files = table_of(PracticeFile)
ratings = table_of(PracticeRating)
decisions = table_of(PracticeDecision)
confirmations = table_of(PracticeConfirmation)
evidence = table_of(Evidence)
partners = table_of(Partner)
contacts = table_of(PartnerContact)
persons = table_of(Person)
_officers = persons.alias("officers")


def _read() -> Select[Any]:
    return (
        select(
            claims,
            partners.c.key.label("partner"),
            partners.c.name.label("partner_name"),
            persons.c.name.label("person_name"),
            _officers.c.name.label("officer_name"),
        )
        .join(partners, partners.c.id == claims.c.partner_id)
        .join(persons, persons.c.id == claims.c.person_id)
        .join(_officers, _officers.c.id == claims.c.officer_id, isouter=True)
    )


def _asked_of(actor: Actor) -> ColumnElement[bool]:
    """What the actor is asked to attest, or has decided; a draft is its person's alone."""
    shown = [ClaimState.SUBMITTED.value, ClaimState.ATTESTED.value, ClaimState.REFUSED.value]
    return and_(claims.c.officer_id == actor.person_id, claims.c.state.in_(shown))


async def list_own(
    session: AsyncSession, *, actor: Actor, after: Sequence[str] | None = None, limit: int = 50
) -> Sequence[Any]:
    """The actor's descriptions, the latest first."""
    statement = _read().where(claims.c.person_id == actor.person_id)
    if after:
        statement = statement.where(claims.c.id < UUID(after[0]))
    rows: Sequence[Any] = (await session.execute(statement.order_by(claims.c.id.desc()).limit(limit))).all()
    return rows


async def list_to_attest(
    session: AsyncSession,
    *,
    actor: Actor,
    state: ClaimState,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Descriptions in a state that the actor is asked to attest, the longest waiting first."""
    statement = _read().where(_asked_of(actor), claims.c.state == state.value)
    if after:
        statement = statement.where(claims.c.id > UUID(after[0]))
    rows: Sequence[Any] = (await session.execute(statement.order_by(claims.c.id).limit(limit))).all()
    return rows


async def get_claim(session: AsyncSession, claim_id: UUID, *, actor: Actor) -> Any:
    """One's own description, or one that one is asked to attest."""
    seen = or_(claims.c.person_id == actor.person_id, _asked_of(actor))
    row = (await session.execute(_read().where(claims.c.id == claim_id, seen))).one_or_none()
    if row is None:
        raise ClaimNotFound()
    return row


async def lock_own(session: AsyncSession, claim_id: UUID, *, actor: Actor) -> PracticeClaim:
    """One's own description as an object to change."""
    return await _lock(session, claim_id, claims.c.person_id == actor.person_id)


async def lock_to_attest(session: AsyncSession, claim_id: UUID, *, actor: Actor) -> PracticeClaim:
    """A description that the actor is asked to attest, as an object to change."""
    return await _lock(session, claim_id, _asked_of(actor))


async def _lock(session: AsyncSession, claim_id: UUID, condition: ColumnElement[bool]) -> PracticeClaim:
    statement = select(PracticeClaim).where(claims.c.id == claim_id, condition).with_for_update()
    found: PracticeClaim | None = await session.scalar(statement)
    if found is None:
        raise ClaimNotFound()
    return found


_OFFICERS = text(
    f"""SELECT a.first_reporting_officer_id, a.second_reporting_officer_id FROM affiliations a
         WHERE a.person_id = :person AND {main_on("a", "CAST(:day AS date)")}"""
)


async def officers_on(session: AsyncSession, person_id: UUID, day: date) -> Officers:
    """Whom the person reported to on a day, by the main affiliation of that day."""
    row = (await session.execute(_OFFICERS, {"person": person_id, "day": day})).first()
    return Officers(None, None) if row is None else Officers(*row)


_SERVING = text(
    """SELECT DISTINCT a.person_id FROM affiliations a JOIN persons p ON p.id = a.person_id AND p.erased_at IS NULL
        WHERE a.person_id = ANY(CAST(:people AS uuid[])) AND a.entity_id IS NOT NULL AND a.kind <> 'former'
          AND a.from_on <= current_date AND (a.until_on IS NULL OR a.until_on >= current_date)"""
)


async def serving(session: AsyncSession, people: Sequence[UUID]) -> frozenset[UUID]:
    """Those of `people` who serve an entity today."""
    return frozenset(await session.scalars(_SERVING, {"people": list(people)}))


async def files_of(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Files by description, in the order they were sent."""
    return await _by_claim(
        session, select(files).where(files.c.claim_id.in_(claim_ids)), files.c.id, claim_ids
    )


async def ratings_of(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Ratings by description, the first given first."""
    statement = select(ratings).where(ratings.c.claim_id.in_(claim_ids))
    return await _by_claim(session, statement, ratings.c.id, claim_ids)


async def decisions_of(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What was decided about each description, with who and their words, the first first."""
    statement = (
        select(decisions, persons.c.name.label("by"), evidence.c.words)
        .join(persons, persons.c.id == decisions.c.by_id)
        .join(evidence, evidence.c.id == decisions.c.words_id)
        .where(decisions.c.claim_id.in_(claim_ids))
    )
    return await _by_claim(session, statement, decisions.c.id, claim_ids)


async def confirmations_of(session: AsyncSession, claim_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Who was asked to confirm facts, and what they answered."""
    statement = select(confirmations).where(confirmations.c.claim_id.in_(claim_ids))
    return await _by_claim(session, statement, confirmations.c.id, claim_ids)


async def _by_claim(
    session: AsyncSession, statement: Select[Any], order: ColumnElement[Any], claim_ids: Sequence[UUID]
) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {each: [] for each in claim_ids}
    for row in await session.execute(statement.order_by(order)):
        found[row.claim_id].append(row)
    return found


async def get_file(session: AsyncSession, claim_id: UUID, file_id: UUID, *, actor: Actor) -> Any:
    """A file of a description, for its person and who is asked to attest it."""
    await get_claim(session, claim_id, actor=actor)
    statement = select(files).where(files.c.id == file_id, files.c.claim_id == claim_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ClaimNotFound("This description has no such file.")
    return row


async def named_files(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys some row names."""
    return set(await session.scalars(select(files.c.file_key).where(files.c.file_key.in_(keys))))


async def contacts_to_ask(session: AsyncSession, partner_id: UUID) -> Sequence[Any]:
    """Contacts of a partner who have an address, by name."""
    statement = select(contacts.c.id, contacts.c.name, contacts.c.email).where(
        contacts.c.partner_id == partner_id, contacts.c.email.is_not(None)
    )
    return (await session.execute(statement.order_by(contacts.c.name, contacts.c.id))).all()


async def by_secret(session: AsyncSession, digest: str, *, lock: bool = False) -> Any:
    """What a contact is asked to confirm: role, days, place, whose, and nothing else."""
    statement = (
        select(
            confirmations,
            claims.c.role,
            claims.c.place,
            claims.c.from_on,
            claims.c.until_on,
            persons.c.name.label("person_name"),
            partners.c.name.label("partner_name"),
        )
        .join(claims, claims.c.id == confirmations.c.claim_id)
        .join(persons, persons.c.id == claims.c.person_id)
        .join(partners, partners.c.id == claims.c.partner_id)
        .where(confirmations.c.token_digest == digest)
    )
    if lock:
        statement = statement.with_for_update(of=confirmations)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ConfirmationOver("There is no such request to confirm.")
    return row
