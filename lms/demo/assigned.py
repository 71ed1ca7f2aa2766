"""Rules of the demo organisation: what is compulsory, what is recommended, a draft that waits, more time asked for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.domain.rules import Due, DueFrom, RuleTerms, Whom
from lms.assigned.queries import open_assignments_of
from lms.assigned.service import activate_rule, ask_for_time, get_rule_for_change, make_rule
from lms.catalogue.queries import get_programmes, refs_by_key
from lms.kernel import clock
from lms.people.queries import get_actor


async def assign(session: AsyncSession, given: Mapping[str, Any], people: Mapping[str, UUID]) -> None:
    """Write the rules down, activate those that are to be, and ask for time; what is not published is passed over."""
    await session.flush()
    courses = await refs_by_key(session, [each["course"] for each in given["rules"] if "course" in each])
    programmes = (await get_programmes(session)).programmes
    for each in given["rules"]:
        if each.get("course") in courses or programmes.get(each.get("programme", "")):
            await _make(session, each, people)
    for each in given["more_time"]:
        await _ask(session, each, people)


async def _make(session: AsyncSession, each: Mapping[str, Any], people: Mapping[str, UUID]) -> None:
    maker = await get_actor(session, people[each["by"]])
    rule_id = await make_rule(session, acting=maker, entity=each["entity"], terms=_terms(each))
    if "activated_by" in each:
        head = await get_actor(session, people[each["activated_by"]])
        rule = await get_rule_for_change(session, rule_id, acting=head)
        await activate_rule(session, acting=head, rule=rule)


def _terms(each: Mapping[str, Any]) -> RuleTerms:
    if "within" in each:
        due = Due(on=clock.today() + timedelta(days=each["within"]))
    else:
        due = Due(days=each["days"], since=DueFrom(each["from"]))
    whom = Whom(grades=tuple(each.get("grades", ())), new_joiners=each.get("new_joiners", False))
    return RuleTerms(
        course=each.get("course"),
        programme=each.get("programme"),
        whom=whom,
        due=due,
        compulsory="decision" in each,
        decision=each.get("decision"),
        reason=each["reason"],
    )


async def _ask(session: AsyncSession, each: Mapping[str, Any], people: Mapping[str, UUID]) -> None:
    person = people[each["who"]]
    for standing in await open_assignments_of(session, [person]):
        if standing.course == each["course"]:
            await ask_for_time(
                session,
                acting=await get_actor(session, person),
                assignment_id=standing.id,
                until=standing.due_on + timedelta(days=each["days"]),
                reason=each["reason"],
            )
