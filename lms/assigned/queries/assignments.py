"""Assignments as they stand: whose one may see, what waits for a decision, who is to be reminded."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.domain.due import (
    AssignmentNotFound,
    AssignmentState,
    EndedWhy,
    ExtensionNotFound,
    NotTheDecider,
)
from lms.assigned.domain.standing import Extension, Reminder, Standing
from lms.assigned.models import (
    Assignment,
    AssignmentExtension,
    AssignmentRule,
    ExtensionDecision,
    ExtensionWords,
)
from lms.assigned.queries.reach import done_on
from lms.kernel.access import Actor, Permission
from lms.kernel.database import table_of
from lms.people.models import Entity, Person
from lms.people.queries import fact_visible_to, in_scope, main_on, reports_to

assignments = table_of(Assignment)
rules = table_of(AssignmentRule)
extensions = table_of(AssignmentExtension)
decisions = table_of(ExtensionDecision)
words = table_of(ExtensionWords)
persons = table_of(Person)
# Under a name of its own: what says whom one may see has the entities of affiliations under theirs.
entities = table_of(Entity)
rule_entities = entities.alias("rule_entities")
_deciders = persons.alias("deciders")

_DONE_ON: ColumnElement[Any] = literal_column(done_on("assignments", "assignment_rules"))
# The clock stands still in an absence, and as long as the course is waived.
_ABSENCES = """(SELECT json_agg(json_build_array(b.from_on, b.until_on)) FROM (
        SELECT a.from_on, a.until_on FROM absences a WHERE a.person_id = assignments.person_id
         UNION ALL
        SELECT w.occurred_on, w.valid_until FROM completions w JOIN courses c ON c.id = w.course_id
         WHERE w.person_id = assignments.person_id AND c.key = assignment_rules.course AND w.source = 'waiver'
           AND NOT EXISTS (SELECT 1 FROM completion_revocations v WHERE v.completion_id = w.id)) b
     WHERE b.until_on >= assignments.assigned_on)"""
_EXTENSIONS = """(SELECT json_agg(json_build_array(x.id, x.until_on, (x.asked_at AT TIME ZONE 'UTC')::date, d.granted,
                                                  (d.decided_at AT TIME ZONE 'UTC')::date) ORDER BY x.id)
                    FROM assignment_extensions x LEFT JOIN extension_decisions d ON d.extension_id = x.id
                   WHERE x.assignment_id = assignments.id)"""
# A reminder is out once its mail has left; whoever has no address finds it on their page alone.
_REMINDERS = """(SELECT json_agg(json_build_array(m.due_on, m.step, persons.email IS NULL OR EXISTS (
                             SELECT 1 FROM sent_mails w WHERE w.key = 'reminded:' || m.id)))
                   FROM assignment_reminders m WHERE m.assignment_id = assignments.id)"""
_UNIT = f"""(SELECT json_build_array(n.key, n.name) FROM affiliations a JOIN entities n ON n.id = a.entity_id
             WHERE a.person_id = assignments.person_id AND {main_on("a", "current_date")} LIMIT 1)"""


def _standings() -> Select[Any]:
    activators = persons.alias("activators")
    return (
        select(
            assignments,
            persons.c.name.label("person_name"),
            rules.c.course,
            rules.c.programme,
            rules.c.compulsory,
            rules.c.decision,
            rules.c.reason,
            rules.c.made_by_id,
            rule_entities.c.key.label("entity"),
            rule_entities.c.name.label("entity_name"),
            activators.c.id.label("by_id"),
            activators.c.name.label("by_name"),
            _DONE_ON.label("done_on"),
            literal_column(_ABSENCES).label("absences"),
            literal_column(_EXTENSIONS).label("extensions"),
            literal_column(_REMINDERS).label("reminders"),
            literal_column(_UNIT).label("unit"),
        )
        .select_from(assignments)
        .join(rules, rules.c.id == assignments.c.rule_id)
        .join(rule_entities, rule_entities.c.id == rules.c.entity_id)
        .join(persons, persons.c.id == assignments.c.person_id)
        .join(activators, activators.c.id == rules.c.activated_by_id)
    )


def _standing(row: Any) -> Standing:
    return Standing(
        id=row.id,
        rule_id=row.rule_id,
        person_id=row.person_id,
        person_name=row.person_name,
        course=row.course,
        programme=row.programme,
        entity=row.entity,
        entity_name=row.entity_name,
        compulsory=row.compulsory,
        decision=row.decision,
        reason=row.reason,
        by_id=row.by_id,
        by_name=row.by_name,
        made_by_id=row.made_by_id,
        assigned_on=row.assigned_on,
        first_due_on=row.due_on,
        done_on=row.done_on,
        ended_on=row.ended_on,
        ended_why=EndedWhy(row.ended_why) if row.ended_why else None,
        unit=row.unit[0] if row.unit else None,
        unit_name=row.unit[1] if row.unit else None,
        absences=tuple((_day(first), _day(last)) for first, last in row.absences or ()),
        extensions=tuple(_extension(each) for each in row.extensions or ()),
        reminders=tuple(Reminder(_day(due), step, is_out) for due, step, is_out in row.reminders or ()),
    )


def _extension(parts: Sequence[Any]) -> Extension:
    id, until, asked_on, granted, decided_on = parts
    return Extension(UUID(id), _day(until), _day(asked_on), granted, decided_on and _day(decided_on))


_day = date.fromisoformat
MANY = 10_000
"""At once where all are looked at: each time the database finds and sorts all that are left, to give the first."""


# -- whose one may see -------------------------------------------------------------------------------------


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own, those of who reports to one, and what lies within the entities one reads assignments of."""
    seen = [assignments.c.person_id == actor.person_id]
    if actor.may(Permission.TEAM_READ):
        seen.append(reports_to(actor.person_id, assignments.c.person_id))
    if actor.may(Permission.ASSIGNMENTS_READ):
        seen.append(
            fact_visible_to(
                actor, Permission.ASSIGNMENTS_READ, assignments.c.person_id, assignments.c.assigned_on
            )
        )
    return or_(*seen)


async def list_assignments(
    session: AsyncSession,
    *,
    actor: Actor,
    today: date,
    person_id: UUID | None = None,
    rule_id: UUID | None = None,
    overdue: bool = False,
    team: bool = False,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> list[Standing]:
    """Assignments that `actor` may see, by the day the rule gave; with `team`, of who reports to them alone.

    `overdue` keeps to those that are: one's own at once, those of others once they were reminded of it.
    """
    statement = _standings().where(_visible_to(actor))
    if team:
        statement = statement.where(reports_to(actor.person_id, assignments.c.person_id))
    for column, value in ((assignments.c.person_id, person_id), (assignments.c.rule_id, rule_id)):
        if value is not None:
            statement = statement.where(column == value)
    if not overdue:
        rows = await _some(session, statement, after, limit)
        return [_standing(row) for row in rows]
    found: list[Standing] = []
    async for each in _walk(session, _may_be_overdue(statement, today), after):
        own = each.person_id == actor.person_id
        if each.state(today) is AssignmentState.OVERDUE and (own or each.is_overdue_to_others(today)):
            found.append(each)
        if len(found) == limit:
            break
    return found


def _may_be_overdue(statement: Select[Any], today: date) -> Select[Any]:
    """What can be overdue: the due day as it stands is never earlier than the one the rule gave."""
    return statement.where(assignments.c.due_on < today, assignments.c.ended_on.is_(None), _DONE_ON.is_(None))


def sort_parts(standing: Standing) -> list[Any]:
    """Where an assignment stands in a list."""
    return [standing.first_due_on.isoformat(), standing.id]


async def _some(
    session: AsyncSession, statement: Select[Any], after: Sequence[str] | None, limit: int
) -> Sequence[Any]:
    key = tuple_(assignments.c.due_on, assignments.c.id)
    if after is not None:
        statement = statement.where(key > tuple_(_day(after[0]), UUID(after[1])))
    statement = statement.order_by(assignments.c.due_on, assignments.c.id).limit(limit)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def _walk(
    session: AsyncSession, statement: Select[Any], after: Sequence[str] | None = None, at_once: int = 500
) -> AsyncIterator[Standing]:
    """All of a list, some at a time: what is overdue is decided by a rule that the database does not know."""
    while True:
        rows = await _some(session, statement, after, at_once)
        standings = [_standing(row) for row in rows]
        for each in standings:
            yield each
        if len(rows) < at_once:
            return
        after = [str(part) for part in sort_parts(standings[-1])]


async def get_assignment_visible_to(session: AsyncSession, assignment_id: UUID, *, actor: Actor) -> Standing:
    """One assignment that `actor` may see, or about which they decide."""
    seen = or_(_visible_to(actor), _decided_by(actor))
    row = (await session.execute(_standings().where(assignments.c.id == assignment_id, seen))).one_or_none()
    if row is None:
        raise AssignmentNotFound()
    return _standing(row)


async def lock_assignment(session: AsyncSession, assignment_id: UUID) -> None:
    """Have requests about one assignment, and decisions, meet one after the other."""
    statement = select(assignments.c.id).where(assignments.c.id == assignment_id).with_for_update()
    await session.execute(statement)


async def standings_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Assignments by id, for whoever knows already that they may."""
    rows = await session.execute(_standings().where(assignments.c.id.in_(ids)))
    return {row.id: _standing(row) for row in rows}


async def open_assignments_of(session: AsyncSession, person_ids: Sequence[UUID]) -> list[Standing]:
    """What these people were assigned and have not done, the soonest due first."""
    statement = _standings().where(
        assignments.c.person_id.in_(person_ids), assignments.c.ended_on.is_(None), _DONE_ON.is_(None)
    )
    found = [_standing(row) for row in await session.execute(statement)]
    return sorted(found, key=lambda each: (each.due_on, each.id))


async def overdue_of_rules(session: AsyncSession, rule_ids: Sequence[UUID], *, today: date) -> list[Standing]:
    """What is overdue, and was reminded of, of these rules."""
    statement = _may_be_overdue(_standings().where(assignments.c.rule_id.in_(rule_ids)), today)
    walk = _walk(session, statement, at_once=MANY)
    return [each async for each in walk if each.is_overdue_to_others(today)]


async def to_remind(session: AsyncSession, *, today: date, ahead: int) -> AsyncIterator[Standing]:
    """Assignments of which a reminder may be due: open, and due within `ahead` days by what the rule gave."""
    statement = _standings().where(
        assignments.c.due_on <= today + timedelta(days=ahead),
        assignments.c.ended_on.is_(None),
        _DONE_ON.is_(None),
        persons.c.erased_at.is_(None),
    )
    async for standing in _walk(session, statement, at_once=MANY):
        yield standing


# -- more time ---------------------------------------------------------------------------------------------


def _extensions() -> Select[Any]:
    return (
        select(
            extensions,
            assignments.c.person_id,
            persons.c.name.label("person_name"),
            rules.c.course,
            rules.c.programme,
            words.c.reason,
            words.c.answer,
            decisions.c.granted,
            decisions.c.decided_at,
            decisions.c.decided_by_id,
            _deciders.c.name.label("decided_by_name"),
        )
        .select_from(extensions)
        .join(assignments, assignments.c.id == extensions.c.assignment_id)
        .join(rules, rules.c.id == assignments.c.rule_id)
        .join(persons, persons.c.id == assignments.c.person_id)
        .join(words, words.c.extension_id == extensions.c.id, isouter=True)
        .join(decisions, decisions.c.extension_id == extensions.c.id, isouter=True)
        .join(_deciders, _deciders.c.id == decisions.c.decided_by_id, isouter=True)
    )


def _decided_by(actor: Actor) -> ColumnElement[bool]:
    """Of whom one decides: who reports to one, or whom a rule reached that one made or activated; never oneself.

    Whoever makes no rules for the entity any more decides nothing about those they made once.
    """
    made = or_(rules.c.made_by_id == actor.person_id, rules.c.activated_by_id == actor.person_id)
    still = select(entities.c.id).where(in_scope(actor, Permission.ASSIGNMENTS_MAKE))
    mine = or_(reports_to(actor.person_id, assignments.c.person_id), and_(made, rules.c.entity_id.in_(still)))
    return and_(assignments.c.person_id != actor.person_id, mine)


async def extensions_to_decide(
    session: AsyncSession,
    *,
    actor: Actor,
    waiting: bool = True,
    after: Sequence[str] | None = None,
    limit: int = 50,
) -> Sequence[Any]:
    """Requests for more time that `actor` decides, the earliest first; those that wait, or all."""
    statement = _extensions().where(_decided_by(actor))
    if waiting:
        statement = statement.where(decisions.c.extension_id.is_(None), assignments.c.ended_on.is_(None))
    if after is not None:
        statement = statement.where(extensions.c.id > UUID(after[0]))
    rows: Sequence[Any] = (await session.execute(statement.order_by(extensions.c.id).limit(limit))).all()
    return rows


async def extensions_of(session: AsyncSession, assignment_id: UUID) -> Sequence[Any]:
    """All requests about one assignment, the first first, for whoever may see the assignment's."""
    statement = _extensions().where(extensions.c.assignment_id == assignment_id).order_by(extensions.c.id)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def may_see_extensions(session: AsyncSession, standing: Standing, *, actor: Actor) -> bool:
    """Whether `actor` is who asked, or decides: the reason is for nobody else."""
    if standing.person_id == actor.person_id:
        return True
    decided = select(assignments.c.id).join(rules, rules.c.id == assignments.c.rule_id)
    return (
        await session.execute(decided.where(assignments.c.id == standing.id, _decided_by(actor)))
    ).first() is not None


async def get_extension_to_decide(session: AsyncSession, extension_id: UUID, *, actor: Actor) -> Any:
    """A request that `actor` decides. Who asked may know of it, and still not decide."""
    row = (await session.execute(_extensions().where(extensions.c.id == extension_id))).one_or_none()
    if row is None:
        raise ExtensionNotFound()
    if row.person_id == actor.person_id:
        raise NotTheDecider()
    decided = _extensions().where(extensions.c.id == extension_id, _decided_by(actor))
    if (await session.execute(decided)).first() is None:
        raise ExtensionNotFound()
    return row
