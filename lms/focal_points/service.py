"""A focal point's profile and exchanges with companies: the only writer of their tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.focal_points import queries
from lms.focal_points.domain import (
    BadExchange,
    BadProfile,
    BadSponsor,
    ExchangeKind,
    ExchangeNotFound,
    ExchangeRecorded,
    ExchangeWithdrawn,
    ProfileChanged,
    faults_in_exchange,
    faults_in_topics,
)
from lms.focal_points.models import CompanyExchange, ExchangeWords, FocalPointProfile
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.i18n import search_words
from lms.partners.queries import id_of
from lms.people.domain import email_key

profiles = table_of(FocalPointProfile)


async def lock_profile(session: AsyncSession, *, acting: Actor) -> FocalPointProfile:
    """One's own profile to change, made empty (revision 0) where there is none; locked until the transaction ends.

    Raises `FocalPointNotFound` for whoever never was a focal point.
    """
    await queries.check_own(session, actor=acting)
    fresh = {
        "person_id": acting.person_id,
        "shown_to_partners": False,
        "wants_sessions": False,
        "revision": 0,
        "changed_at": clock.now(),
    }
    await session.execute(insert(profiles).values(fresh).on_conflict_do_nothing())
    return await session.get_one(FocalPointProfile, acting.person_id, with_for_update=True)


async def change_profile(
    session: AsyncSession, *, acting: Actor, profile: FocalPointProfile, values: Mapping[str, Any]
) -> None:
    """Set what `values` names of one's own profile, which is locked; `sponsor` is an e-mail."""
    new = dict(values)
    if "sponsor" in new:
        new["sponsor_id"] = await _sponsor(session, acting, new.pop("sponsor"))
    await _check_topics(session, new.get("topics") or ())
    changed = sorted(name for name, value in new.items() if value != getattr(profile, name))
    if not changed and profile.revision:
        return
    for name in changed:
        setattr(profile, name, new[name])
    profile.search_words = func.array_to_tsvector(sorted(set(search_words(" ".join(profile.background)))))
    profile.revision += 1
    profile.changed_at = clock.now()
    event = ProfileChanged(subject_id=acting.person_id, data={"fields": changed})
    await publish(session, [event], acting=acting)
    await session.flush()


async def _sponsor(session: AsyncSession, acting: Actor, email: str | None) -> UUID | None:
    """Whoever has left stands behind nobody."""
    if not email:
        return None
    found = await queries.find_sponsor(session, email_key(email))
    if found is None or found == acting.person_id:
        raise BadSponsor(faults=[Fault("/sponsor", BadSponsor.title)])
    return found


async def known_topics(session: AsyncSession) -> set[str]:
    """Keys of the vocabulary's skill areas and competencies."""
    taxonomy = await get_taxonomy(session)
    return {each.key for each in taxonomy.skill_areas} | {each.key for each in taxonomy.competencies}


async def _check_topics(session: AsyncSession, topics: Sequence[str]) -> None:
    faults = faults_in_topics(topics, await known_topics(session))
    if faults:
        raise BadProfile("Something in this profile is not right; see errors.", faults=faults)


# -- exchanges ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewExchange:
    """An exchange with a partner of the register, named by its key."""

    kind: ExchangeKind
    partner: str
    from_on: date
    until_on: date
    learned: str
    is_two_sided: bool = False


async def record_exchange(session: AsyncSession, *, acting: Actor, new: NewExchange) -> UUID:
    """Keep an exchange of one's own that is over; its id."""
    await queries.check_own(session, actor=acting)
    faults = faults_in_exchange(new.from_on, new.until_on, clock.today())
    partner_id = await id_of(session, new.partner)
    if partner_id is None:
        faults.append(Fault("/partner", f"There is no partner {new.partner!r} in the register."))
    if faults or partner_id is None:
        raise BadExchange("Something in this exchange is not right; see errors.", faults=faults)
    made = CompanyExchange(
        person_id=acting.person_id,
        entity_id=await queries.entity_of(session, acting.person_id),
        partner_id=partner_id,
        kind=new.kind.value,
        is_two_sided=new.is_two_sided,
        from_on=new.from_on,
        until_on=new.until_on,
    )
    session.add(made)
    await session.flush()
    session.add(ExchangeWords(exchange_id=made.id, learned=new.learned))
    await session.flush()
    days = {"from_on": new.from_on.isoformat(), "until_on": new.until_on.isoformat()}
    data = {"person": str(acting.person_id), "kind": new.kind.value, "partner": new.partner, **days}
    event = ExchangeRecorded(subject_id=made.id, entity_id=made.entity_id, data=data)
    await publish(session, [event], acting=acting)
    return made.id


async def withdraw_exchange(session: AsyncSession, *, acting: Actor, exchange_id: UUID) -> None:
    """Have an exchange of one's own count no more: it was recorded by mistake."""
    found = await queries.find_exchange(session, exchange_id, person_id=acting.person_id)
    if found is None:
        raise ExchangeNotFound()
    end = {"exchange_id": exchange_id, "by_id": acting.person_id, "recorded_at": clock.now()}
    await session.execute(insert(queries.exchange_ends).values(end).on_conflict_do_nothing())
    event = ExchangeWithdrawn(subject_id=exchange_id, entity_id=found.entity_id)
    await publish(session, [event], acting=acting)
