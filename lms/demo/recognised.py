"""What the demo's office recognised: a course waived, an equivalence in the register, prior learning looked at."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import CourseRef, get_edition
from lms.completions import equivalences
from lms.completions.waivers import waive
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.writes import flush
from lms.people.queries import get_actor
from lms.prior_learning import service
from lms.prior_learning.domain import Confirmed


def courses_named(given: dict[str, Any]) -> set[str]:
    """Courses that what is to be recognised names."""
    pairs = ((each["held"], each["gives"]) for each in given["equivalences"])
    alone = (each["course"] for part in ("waivers", "prior_learning") for each in given[part])
    return {*alone, *(course for pair in pairs for course in pair)}


async def recognise(
    session: AsyncSession, given: dict[str, Any], people: dict[str, UUID], refs: dict[str, CourseRef]
) -> None:
    """All of it, by the people who would do it. A course that is not published is passed over."""
    await flush(session)

    async def actor(email: str) -> Actor:
        return await get_actor(session, people[email])

    for each in given["waivers"]:
        if each["course"] in refs:
            await waive(
                session,
                acting=await actor(each["by"]),
                person=each["person"],
                course=each["course"],
                reason=each["reason"],
                valid_until=clock.today() + timedelta(days=each["days"]),
            )
    for each in given["equivalences"]:
        if {each["held"], each["gives"]} <= set(refs):
            await equivalences.decide(session, acting=await actor(each["by"]), decision=_decision(each))
    await flush(session)
    await equivalences.settle(session, after=None, most=1000)
    for each in given["prior_learning"]:
        if each["course"] in refs:
            await _ask(session, await actor(each["person"]), await actor(each["assessor"]), each, refs)


def _decision(given: dict[str, Any]) -> equivalences.Decision:
    first, last = (clock.today() - timedelta(days=given[end]) for end in ("from", "until"))
    return equivalences.Decision(given["held"], given["gives"], given["entity"], first, last, given["reason"])


async def _ask(
    session: AsyncSession, person: Actor, assessor: Actor, given: dict[str, Any], refs: dict[str, CourseRef]
) -> None:
    course = given["course"]
    request = await service.submit(
        session, acting=person, course=course, words=given["words"], links=given["links"], files=[]
    )
    if given["decision"] == "refused":
        await service.refuse(session, acting=assessor, request_id=request, words=given["because"])
    elif given["decision"] == "confirmed":
        teaches = (await get_edition(session, refs[course].version_id)).course.teaches
        confirmed = [Confirmed(each.competency, given["level"]) for each in teaches]
        await service.confirm(
            session, acting=assessor, request_id=request, confirmed=confirmed, words=given["because"]
        )
