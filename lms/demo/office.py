"""Give the demo organisation its colleagues and a year of work: reports and queues look as they do in an office.

Apart from `organisation`, whose few people the tests act as: what is here can grow without touching a test.
Everything goes through the use cases that people's own clicks go through; nothing is written beside them.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import ActivityKind, Edition
from lms.catalogue.queries import CourseRef, get_edition, get_profiles, refs_by_key
from lms.completions.service import revoke_completion
from lms.demo.assigned import assign
from lms.demo.organisation import NoDemoInProduction, entities_table, make_people, record
from lms.demo.recognised import courses_named, recognise
from lms.enrolments.service import assess_work, enrol, submit_work
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.people.models import Entity, Person
from lms.people.queries import get_actor
from lms.plans.service import accept_own, propose
from lms.settings import Settings

OFFICE = Path(__file__).parent / "office.yaml"
persons = table_of(Person)


async def furnish(database: Database, settings: Settings) -> None:
    """Add the colleagues to the demo organisation; a second time, or without that organisation, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        known = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        entities = await _entities(session, given["people"])
        if given["people"][0]["email"] in known or not entities:
            return
        people = await make_people(session, given["people"], entities, known=known)
        await session.flush()
        office = _Office(session, given, people, await refs_by_key(session, _courses(given)))
        for each in given["people"]:
            await office.live(each)
        for email, did in given["also"].items():
            await office.complete(email, did)
        await assign(session, given["assigned_learning"], people)
        await office.plan()
        await recognise(session, given["recognised"], people, office.refs)
        mistaken = await office.mistake(given["revoked"])
    if mistaken is not None:  # later, as it would be: what follows from the completion is there by then
        async with database.transaction() as session:
            acting = await get_actor(session, known["hr@demo.example"])
            reason = given["revoked"]["reason"]
            await revoke_completion(session, acting=acting, completion_id=mistaken, reason=reason)


async def _entities(session: AsyncSession, given: list[dict[str, Any]]) -> dict[str, Entity]:
    keys = {each["entity"] for each in given}
    found = await session.scalars(select(Entity).where(entities_table.c.key.in_(keys)))
    entities = {each.key: each for each in found}
    return entities if set(entities) == keys else {}


def _courses(given: dict[str, Any]) -> list[str]:
    named = (
        course
        for each in given["people"]
        for part in ("did", "work", "assigned")
        for course in each.get(part, ())
    )
    also = (course for did in given["also"].values() for course in did)
    asked = (course for each in given["plans"]["proposed"] for course in each["courses"])
    recognised = courses_named(given["recognised"])
    return sorted({*named, *also, *asked, *recognised, given["revoked"]["course"]})


class _Office:
    """What its people did, one after the other. A course that is not published is passed over."""

    def __init__(
        self,
        session: AsyncSession,
        given: dict[str, Any],
        people: dict[str, UUID],
        refs: dict[str, CourseRef],
    ) -> None:
        self.session, self.given, self.people, self.refs = session, given, people, refs

    async def live(self, person: dict[str, Any]) -> None:
        """Completions taken over, work handed in and assessed, courses assigned."""
        for course, days in person.get("did", {}).items():
            await self._complete(person, course, days)
        for course, stands in person.get("work", {}).items():
            if course in self.refs:
                await self._work(person, course, stands)
        for course, days in person.get("assigned", {}).items():
            if course in self.refs:
                await enrol(
                    self.session,
                    acting=await self._actor(person["supervisor"]),
                    course=course,
                    person_id=self.people[person["email"]],
                    due_on=clock.today() + timedelta(days=days),
                )

    async def complete(self, email: str, did: dict[str, int]) -> None:
        """Completions of one of the demo's own people, taken over like those of the others."""
        acting = await self._actor("hr@demo.example")
        for course, days in did.items():
            if course in self.refs:
                await record(self.session, acting, self.people[email], self.refs[course], days)

    async def plan(self) -> None:
        """Plans that people made their own, and those proposed to them; none where no profile is published."""
        if not (await get_profiles(self.session)).profiles:
            return
        await self.session.flush()
        for email, minutes in self.given["plans"]["accepted"].items():
            await accept_own(self.session, acting=await self._actor(email), weekly_minutes=minutes)
        for each in self.given["plans"]["proposed"]:
            await propose(
                self.session,
                acting=await self._actor(each["by"]),
                person_id=self.people[each["to"]],
                due_on=clock.today() + timedelta(weeks=each["weeks"]),
                courses=[course for course in each["courses"] if course in self.refs],
            )

    async def mistake(self, made: dict[str, Any]) -> UUID | None:
        """The completion that was recorded for the wrong person; the caller revokes it."""
        person = next(each for each in self.given["people"] if each["email"] == made["email"])
        return await self._complete(person, made["course"], made["days"])

    async def _actor(self, email: str) -> Actor:
        return await get_actor(self.session, self.people[email])

    async def _complete(self, person: dict[str, Any], course: str, days: int) -> UUID | None:
        if course not in self.refs:
            return None
        acting, learner = await self._actor(_officer(person)), self.people[person["email"]]
        return await record(self.session, acting, learner, self.refs[course], days)

    async def _work(self, person: dict[str, Any], course: str, stands: str) -> None:
        """`waiting`, or assessed: `passed` with all points but one, `again` with none."""
        learner = await self._actor(person["email"])
        edition = await get_edition(self.session, self.refs[course].version_id)
        task = next(each.key for each in edition.course.activities if each.kind is ActivityKind.ASSIGNMENT)
        enrolment = await enrol(self.session, acting=learner, course=course)
        submission = await submit_work(
            self.session,
            acting=learner,
            enrolment_id=enrolment,
            activity=task,
            words=self.given["words"],
            file=None,
        )
        if stands != "waiting":
            await assess_work(
                self.session,
                acting=await self._actor(_assessor(person)),
                submission_id=submission,
                points=_points(edition, task, passed=stands == "passed"),
                comment=self.given["comment" if stands == "passed" else "comment_again"],
            )


def _officer(person: dict[str, Any]) -> str:
    return "hr.relief@demo.example" if person["entity"].startswith("unro") else "hr@demo.example"


def _assessor(person: dict[str, Any]) -> str:
    return "assessor.relief@demo.example" if person["entity"].startswith("unro") else "assessor@demo.example"


def _points(edition: Edition, task: str, *, passed: bool) -> dict[str, int]:
    criteria = edition.assignment(task, edition.course.original).criteria
    points = {each.id: each.max_points if passed else 0 for each in criteria}
    if passed:
        points[criteria[-1].id] -= 1
    return points
