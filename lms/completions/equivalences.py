"""Use cases of the equivalence register: decide, withdraw, give what follows, take it back with its ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_editions, refs_by_key, version_on
from lms.completions import equivalence_queries as queries
from lms.completions.domain import UNCOUNTED, CompletionRevoked, CourseCompleted, Source
from lms.completions.domain.equivalences import (
    EQUIVALENCE_RULE,
    EVERYWHERE,
    AlreadyEquivalent,
    AlreadyWithdrawn,
    EquivalenceDecided,
    EquivalenceLoop,
    EquivalenceWithdrawn,
    Register,
    Rule,
    closes_loop,
    courses_that_give,
    reached_from,
)
from lms.completions.equivalence_queries import Ground
from lms.completions.models import Completion, CompletionRevocation, Equivalence, EquivalenceWithdrawal
from lms.completions.service import Finished, event_of, row_of
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.kernel.errors import Fault, Invalid, NotAllowed
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.kernel.writes import flush
from lms.people.domain import PERMISSIONS_BY_ROLE, Role
from lms.people.queries import get_entity_visible_to

completions = table_of(Completion)
revocations = table_of(CompletionRevocation)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be decided: courses and entity by key; no entity is everybody."""

    held: str
    gives: str
    entity: str | None
    from_on: date
    until_on: date | None
    reason: str = ""


# -- deciding ----------------------------------------------------------------------------------------------


async def decide(session: AsyncSession, *, acting: Actor, decision: Decision) -> UUID:
    """Enter an equivalence in the register; a job then gives the course to everybody who has the ground already."""
    if not decision.reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('equivalences'))")
    )  # or two close a loop
    rule, entity_id = await checked(session, acting=acting, decision=decision)
    row = Equivalence(
        id=rule.id,
        held_id=rule.held,
        gives_id=rule.gives,
        entity_id=entity_id,
        from_on=decision.from_on,
        until_on=decision.until_on,
        reason=decision.reason.strip(),
        decided_by_id=acting.person_id,
        decided_on=clock.today(),
    )
    session.add(row)
    await session.flush()
    queries.forget_courses_giving()
    data = {
        "held": decision.held,
        "gives": decision.gives,
        "entity": decision.entity,
        "from_on": decision.from_on.isoformat(),
        "until_on": decision.until_on.isoformat() if decision.until_on else None,
    }
    event = EquivalenceDecided(subject_id=row.id, entity_id=entity_id, data=data)
    await publish(session, [event], acting=acting)
    return row.id


async def checked(session: AsyncSession, *, acting: Actor, decision: Decision) -> tuple[Rule, UUID | None]:
    """The equivalence as a rule and the id of its entity, if `acting` may decide it and the register can take it."""
    path, entity_id = await _scope(session, acting, decision.entity)
    refs = await refs_by_key(session, [decision.held, decision.gives])
    faults = [
        Fault(f"/{field}", f"There is no course {key!r}.")
        for field, key in (("held", decision.held), ("gives", decision.gives))
        if key not in refs
    ]
    if decision.until_on is not None and decision.until_on < decision.from_on:
        faults.append(Fault("/until_on", "It ends before it begins."))
    if faults:
        raise Invalid("This equivalence cannot be decided; see errors.", faults=faults)
    held, gives = refs[decision.held].id, refs[decision.gives].id
    rule = Rule(new_id(), held, gives, path, decision.from_on, decision.until_on)
    _require_room(await queries.read_register(session), rule)
    return rule, entity_id


async def _scope(session: AsyncSession, acting: Actor, entity: str | None) -> tuple[str, UUID | None]:
    if entity is not None:
        owner = await get_entity_visible_to(
            session, entity, actor=acting, permission=Permission.EQUIVALENCES_DECIDE
        )
        if not may_decide_for(acting, owner.path):
            raise NotAllowed("An entity decides for its own people; the coordinator decides for everybody.")
        return owner.path, owner.id
    if not may_decide_for(acting, None):
        raise NotAllowed("For everybody, the system-wide coordinator decides; name an entity of yours.")
    return EVERYWHERE, None


def is_coordinator(actor: Actor) -> bool:
    """Whether the actor holds the one role that decides for everybody."""
    return any(grant.role == Role.COORDINATOR for grant in actor.grants)


def may_decide_for(actor: Actor, path: str | None) -> bool:
    """Whether the actor decides for the people at this path, by a role held there; for everybody (None), by theirs."""
    if path is None:
        return is_coordinator(actor)
    return any(
        grant.role != Role.COORDINATOR
        and Permission.EQUIVALENCES_DECIDE in PERMISSIONS_BY_ROLE[Role(grant.role)]
        and path.startswith(grant.path)
        for grant in actor.grants
    )


def _require_room(register: Register, rule: Rule) -> None:
    known = {(each.held, each.gives, each.path, each.from_on, each.until_on) for each in register.rules}
    if (rule.held, rule.gives, rule.path, rule.from_on, rule.until_on) in known:
        raise AlreadyEquivalent()
    if rule.held == rule.gives:
        raise EquivalenceLoop(faults=[Fault("/gives", "A course is no equivalent of itself.")])
    if closes_loop(register, rule):
        sentence = "By equivalences of the register this course gives the other one already."
        raise EquivalenceLoop(faults=[Fault("/gives", sentence)])


async def withdraw(session: AsyncSession, *, acting: Actor, equivalence_id: UUID, reason: str) -> None:
    """Have an equivalence give nothing new; whoever may decide it may withdraw it."""
    row = await queries.get_equivalence(session, equivalence_id, actor=acting)
    await _scope(session, acting, row.entity)
    if not reason.strip():
        raise Invalid("Say why.", faults=[Fault("/reason", "A reason is required.")])
    values = {
        "equivalence_id": equivalence_id,
        "withdrawn_by_id": acting.person_id,
        "reason": reason.strip(),
        "recorded_at": clock.now(),
    }
    table = table_of(EquivalenceWithdrawal)
    statement = insert(table).values(values).on_conflict_do_nothing().returning(table.c.equivalence_id)
    if await session.scalar(statement) is None:
        raise AlreadyWithdrawn()
    queries.forget_courses_giving()
    event = EquivalenceWithdrawn(subject_id=equivalence_id, entity_id=row.entity_id)
    await publish(session, [event], acting=acting)


# -- giving ------------------------------------------------------------------------------------------------


async def on_course_completed(session: AsyncSession, events: Sequence[CourseCompleted]) -> None:
    """Reaction: give what these completions give. Courses that no equivalence names cost nothing."""
    giving = await queries.courses_giving(session)
    grounds = [
        Ground(event.subject_id, event.person_id, event.course_id, event.occurred_on)
        for event in events
        if event.course_id in giving and event.source not in UNCOUNTED
    ]
    if grounds:
        await flush(session)  # what is given names its ground, and counts for programmes together with it
        await give(session, grounds)


async def settle(session: AsyncSession, *, after: UUID | None, most: int = 500) -> tuple[UUID | None, int]:
    """Give the next people, by id, what their completions give and have not given yet; the last person looked at.

    None when there is nobody left. Done twice it gives nothing.
    """
    giving = courses_that_give((await queries.read_register(session)).rules)
    people = await queries.people_with_grounds(session, giving, after=after, most=most)
    if not people:
        return None, 0
    return people[-1], await give(session, await queries.grounds_of(session, people, giving))


async def give(session: AsyncSession, grounds: Sequence[Ground]) -> int:
    """Append the equivalents of these completions that are not there yet; how many there were."""
    register = await queries.read_register(session)
    paths = await queries.paths_of(session, (each.person_id for each in grounds))
    known = await queries.given_by(session, (each.id for each in grounds))
    wanted = [
        (ground, course, rule)
        for ground in grounds
        for course, rule in _reached(register, ground, paths).items()
        if (ground.id, course) not in known
    ]
    rows = await _rows(session, wanted)
    inserted = await _insert(session, rows) if rows else set()
    await publish(session, [event_of(row) for row in rows if row["id"] in inserted], acting=None)
    return len(inserted)


def _reached(register: Register, ground: Ground, paths: Mapping[UUID, list[str]]) -> dict[UUID, Rule]:
    return reached_from(register, ground.course_id, ground.occurred_on, paths.get(ground.person_id, ()))


async def _rows(session: AsyncSession, wanted: Sequence[tuple[Ground, UUID, Rule]]) -> list[dict[str, Any]]:
    """Rows in key order: on the ground's day, in the version of that day, valid by its rule from that day, no hours."""
    versions = await version_on(session, [(course, ground.occurred_on) for ground, course, _ in wanted])
    editions = await get_editions(session, versions.values())
    rows, at = [], clock.now()
    for ground, course, rule in wanted:
        version, day = versions[course, ground.occurred_on], ground.occurred_on
        until = editions[version].course.last_valid_day(day)
        finished = Finished(ground.person_id, course, version, 0, day, until)
        row = row_of(finished, Source.EQUIVALENCE, recorded_by=None, at=at)
        rows.append(row | {"rule": EQUIVALENCE_RULE, "ground_id": ground.id, "equivalence_id": rule.id})
    return sorted(rows, key=lambda row: (row["ground_id"], row["course_id"]))


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Ids that were inserted; a ground gives each course once, whoever is first."""
    inserted: set[UUID] = set()
    for start in range(0, len(rows), 1000):
        statement = (
            insert(completions)
            .values(list(rows[start : start + 1000]))
            .on_conflict_do_nothing(
                index_elements=["ground_id", "course_id"], index_where=text("ground_id IS NOT NULL")
            )
            .returning(completions.c.id)
        )
        inserted.update((await session.scalars(statement)).all())
    return inserted


# -- taking back -------------------------------------------------------------------------------------------


async def on_completion_revoked(session: AsyncSession, events: Sequence[CompletionRevoked]) -> None:
    """Reaction: what rests on a revoked completion is revoked with it, by the same person for the same reason."""
    resting = await queries.resting_on(session, (event.subject_id for event in events))
    if not resting:
        return
    at = clock.now()
    rows = [
        {
            "completion_id": each["id"],
            "revoked_by_id": each["revoked_by_id"],
            "reason_id": each["reason_id"],
            "recorded_at": at,
        }
        for each in resting
    ]
    await session.execute(insert(revocations).values(rows).on_conflict_do_nothing())
    await publish(session, [_revoked(each) for each in resting], acting=None)


def _revoked(row: Any) -> CompletionRevoked:
    return CompletionRevoked(
        subject_id=row["id"],
        person_id=row["person_id"],
        revoked_by_id=row["revoked_by_id"],
        occurred_on=row["occurred_on"],
        data={"person": str(row["person_id"])},
    )
