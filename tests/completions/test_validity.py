"""Validity against the database: absences and newer editions move ends, for who holds and for what rests on it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Change, Edition, Renewal
from lms.catalogue.loader import Library
from lms.catalogue.queries import refs_by_key
from lms.catalogue.service import publish_library
from lms.completions.service import Finished, record_elsewhere
from lms.completions.validity import COMPLETIONS, Which, settle
from lms.jobs.validity import settle_everything
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.absences import add_absence
from lms.people.changes import get_person_for_change
from lms.people.models import Absence
from lms.people.queries import get_actor
from lms.rebuild import compare_projections
from lms.settings import Settings
from lms.skills.queries import held_as_at
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.journeys.learning import pass_quiz, read_page

LEGAL, EVALUATING = "legal-foundations", "evaluating-partnerships"


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


class World:
    """Records as human resources, publishes as nobody, reads over the API."""

    def __init__(self, database: Database, cast: Cast, client: AsyncClient, library: Library) -> None:
        self.database, self.cast, self.client, self.library = database, cast, client, library

    async def record(self, person: str, course: str, day: date, until: date | None) -> UUID:
        async with self.database.transaction() as session:
            ref = (await refs_by_key(session, [course]))[course]
            finished = Finished(
                person_id=self.cast.ids[person],
                course_id=ref.id,
                course_version_id=ref.version_id,
                minutes=60,
                occurred_on=day,
                valid_until=until,
                sender="test",
            )
            acting = await get_actor(session, self.cast.ids[HR])
            return (await record_elsewhere(session, acting=acting, finished=[finished]))[0][0]

    async def publish(self, **changes: Any) -> None:
        """Another edition of `EVALUATING`."""
        edition = self.library.courses[EVALUATING]
        course = replace(edition.course, **changes)
        courses = {**self.library.courses, EVALUATING: Edition(course, edition.texts)}
        async with self.database.transaction() as session:
            await publish_library(session, replace(self.library, courses=courses), acting=None)

    async def settle(self, **which: Any) -> int:
        return await settle_everything(self.database, Which(**which))

    async def ends(self, person: str, course: str) -> list[str | None]:
        """Last valid days of a person's completions of a course, the first recorded first."""
        answer = await self.client.get(
            "/api/v1/completions",
            params={"person": str(self.cast.ids[person]), "course": course},
            headers=self.cast.token(HR),
        )
        return [each["valid_until"] for each in reversed(answer.json()["items"])]

    async def standing(self, person: str, day: date, competency: str) -> int:
        path = f"/api/v1/people/{self.cast.ids[person]}/standing"
        answer = await self.client.get(path, params={"as_at": day.isoformat()}, headers=self.cast.token(HR))
        found = {each["competency"]: each["level"] for each in answer.json()["competencies"]}
        return int(found.get(competency, 0))

    async def absent(self, person: str, first: date, last: date, status: int = 201) -> str:
        path = f"/api/v1/people/{self.cast.ids[person]}/absences"
        days = {"from_on": first.isoformat(), "until_on": last.isoformat()}
        answer = await self.client.post(path, json=days, headers=self.cast.token(HR))
        assert answer.status_code == status, answer.text
        return str(answer.json().get("id"))

    async def revoke(self, completion: UUID) -> None:
        answer = await self.client.post(
            f"/api/v1/completions/{completion}/revoke",
            json={"reason": "Mistaken."},
            headers=self.cast.token(HR),
        )
        assert answer.status_code == 200, answer.text

    async def pass_activity(self, enrolment: str, key: str, headers: dict[str, str]) -> None:
        edition = self.library.courses[EVALUATING]
        if edition.course.activity(key).kind == "page":
            await read_page(self.client, headers, enrolment, key)
        else:
            assert (await pass_quiz(self.client, headers, edition, enrolment, key))["passed"]

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.database.reading() as session:
            return (await session.execute(text(statement), values)).all()


@pytest.fixture(scope="module")
async def world(database: Database, cast: Cast, client: AsyncClient, settings: Settings) -> World:
    return World(database, cast, client, library_beside(settings.courses_dir))


async def test_an_absence_moves_the_end_of_what_it_lies_in_and_leaves_thirty_days(world: World) -> None:
    far, near = ago(-400), ago(-40)
    await world.record(LEARNER, LEGAL, ago(100), far)
    await world.record(LEARNER, EVALUATING, ago(100), near)
    first, last = ago(-10), ago(-60)  # 51 days
    absence = await world.absent(LEARNER, first, last)
    assert await world.ends(LEARNER, LEGAL) == [(far + timedelta(days=51)).isoformat()]
    assert await world.ends(LEARNER, EVALUATING) == [(near + timedelta(days=51)).isoformat()]
    path = f"/api/v1/people/{world.cast.ids[LEARNER]}/absences"
    answer = await world.client.get(path, headers=world.cast.token(HR))
    assert [each["id"] for each in answer.json()] == [absence]
    longer = await world.client.patch(
        f"{path}/{absence}", json={"until_on": ago(-70).isoformat()}, headers=world.cast.token(HR)
    )
    assert longer.status_code == 200
    assert await world.ends(LEARNER, LEGAL) == [(far + timedelta(days=61)).isoformat()]
    gone = await world.client.delete(f"{path}/{absence}", headers=world.cast.token(HR))
    assert gone.status_code == 204
    assert await world.ends(LEARNER, LEGAL) == [far.isoformat()]
    again = await world.client.delete(f"{path}/{absence}", headers=world.cast.token(HR))
    assert again.status_code == 404


async def test_what_rests_on_it_moves_with_it_and_earlier_moments_are_as_they_were(world: World) -> None:
    until = ago(5)
    await world.record(VOLUNTEER, LEGAL, ago(400), until)
    competency = world.library.courses[LEGAL].course.teaches[0].competency
    before = clock.now()
    assert await world.standing(VOLUNTEER, clock.today(), competency) == 0
    await world.absent(VOLUNTEER, ago(200), ago(190))
    assert await world.standing(VOLUNTEER, clock.today(), competency) == 1
    async with world.database.reading() as session:
        acting = await get_actor(session, world.cast.ids[HR])
        person = world.cast.ids[VOLUNTEER]
        then = await held_as_at(session, actor=acting, person_id=person, moment=before)
        now = await held_as_at(session, actor=acting, person_id=person, moment=clock.now())
        assert {each.valid_until for each in then if each.competency == competency} == {until}
        assert {each.valid_until for each in now if each.competency == competency} == {
            until + timedelta(days=11)
        }
        assert set((await compare_projections(session)).values()) == {0}


async def test_a_fact_keeps_what_was_recorded_and_changes_are_never_changed(world: World) -> None:
    rows = await world.rows(
        "SELECT valid_until FROM completions WHERE person_id = :person AND sender = 'test'",
        person=world.cast.ids[VOLUNTEER],
    )
    assert [row.valid_until for row in rows] == [ago(5)]
    for statement in ("UPDATE validity_changes SET days_added = 0", "DELETE FROM validity_changes"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with world.database.transaction() as session:
                await session.execute(text(statement))


async def test_what_was_recorded_after_the_absence_is_settled_in_the_night(world: World) -> None:
    await world.absent(COLLEAGUE, ago(50), ago(21))
    await world.record(COLLEAGUE, LEGAL, ago(60), ago(-100))
    assert await world.ends(COLLEAGUE, LEGAL) == [ago(-100).isoformat()]
    assert await world.settle(since=clock.now() - timedelta(days=1)) > 0
    assert await world.ends(COLLEAGUE, LEGAL) == [ago(-130).isoformat()]
    assert await world.settle(since=clock.now() - timedelta(days=1)) == 0, (
        "a second time there is nothing new"
    )


async def test_two_that_settle_at_once_append_once(world: World) -> None:
    await world.record(COLLEAGUE, EVALUATING, ago(60), ago(-100))
    await asyncio.gather(*(world.settle(people=[world.cast.ids[COLLEAGUE]]) for _ in range(3)))
    [row] = await world.rows(
        """SELECT count(*) AS changes FROM validity_changes w JOIN completions c ON c.id = w.fact_id
             JOIN courses k ON k.id = c.course_id WHERE k.key = :course AND c.person_id = :person""",
        course=EVALUATING,
        person=world.cast.ids[COLLEAGUE],
    )
    assert row.changes == 1


async def test_an_absence_added_while_the_job_settles_the_person_waits_for_its_turn(world: World) -> None:
    """Whoever adds it holds the person and waits for the turn; the job has the turn and refers to the person."""
    person = world.cast.ids[HR]
    await world.record(HR, LEGAL, ago(60), ago(-100))
    async with world.database.transaction() as session:
        session.add(Absence(person_id=person, from_on=ago(50), until_on=ago(46)))
    async with world.database.transaction() as adding:
        acting = await get_actor(adding, world.cast.ids[ADMIN])
        await get_person_for_change(adding, person, acting=acting)
        async with world.database.transaction() as settling:
            settled = await asyncio.wait_for(settle(settling, COMPLETIONS, Which(people=[person])), 5)
            assert settled.people == {person}
        await add_absence(adding, acting=acting, person_id=person, from_on=ago(20), until_on=ago(16))
    assert await world.ends(HR, LEGAL) == [ago(-110).isoformat()]


async def test_a_material_edition_is_renewed_by_its_day_and_a_minor_one_changes_nothing(world: World) -> None:
    edition = world.library.courses[EVALUATING]
    await world.record(SUPERVISOR, EVALUATING, ago(300), None)
    course_id = (await world.rows("SELECT id FROM courses WHERE key = :key", key=EVALUATING))[0].id
    await world.publish(release=replace(edition.course.release, note="Second edition."))
    await world.settle(courses=[course_id])
    assert await world.ends(SUPERVISOR, EVALUATING) == [None]
    material = replace(edition.course.release, change=Change.MATERIAL, note="Third.", renew_by=ago(-90))
    await world.publish(release=material, renewal=Renewal(60, (edition.course.modules[0].key,)))
    await world.settle(courses=[course_id])
    assert await world.ends(SUPERVISOR, EVALUATING) == [ago(-90).isoformat()]
    [said] = await world.rows(
        "SELECT data FROM events WHERE type = 'completions.validity_changed' AND data->>'person' = :person",
        person=str(world.cast.ids[SUPERVISOR]),
    )
    assert said.data["superseded_by"] and said.data["valid_until"] == ago(-90).isoformat()
    await world.publish(release=replace(edition.course.release, note="Second edition."))  # taken back
    await world.settle(courses=[course_id])
    assert await world.ends(SUPERVISOR, EVALUATING) == [None]


async def test_the_shorter_path_renews_while_it_counts_and_lapsed_the_whole_course_does(world: World) -> None:
    first = world.library.courses[EVALUATING].course.modules[0]
    await world.publish(renewal=Renewal(60, (first.key,)))
    headers = world.cast.token(ADMIN)
    path = {"course": EVALUATING}
    await world.record(ADMIN, EVALUATING, ago(500), ago(-200))
    early = (await world.client.post("/api/v1/enrolments", json=path, headers=headers)).json()
    required = [a["key"] for m in early["modules"] for a in m["activities"] if a["required"]]
    assert len(required) > len(first.activities), "too early: the whole course"
    await world.client.post(f"/api/v1/enrolments/{early['id']}/withdraw", headers=headers)
    held = await world.rows(
        "SELECT id FROM completions WHERE person_id = :person", person=world.cast.ids[ADMIN]
    )
    await world.revoke(held[0].id)
    renewed = await world.record(ADMIN, EVALUATING, ago(499), ago(-59))
    short = (await world.client.post("/api/v1/enrolments", json=path, headers=headers)).json()
    required = [a["key"] for m in short["modules"] for a in m["activities"] if a["required"]]
    assert set(required) <= {each.key for each in first.activities} and required
    assert short["renews"] == str(renewed)
    await world.revoke(renewed)
    whole = (await world.client.get(f"/api/v1/enrolments/{short['id']}", headers=headers)).json()
    assert whole["renews"] is None and len(
        [a for m in whole["modules"] for a in m["activities"] if a["required"]]
    ) > len(required), "what was renewed never counted: the whole course"
    for key in required:
        await world.pass_activity(short["id"], key, headers)
    left = (await world.client.get(f"/api/v1/enrolments/{short['id']}", headers=headers)).json()
    assert left["state"] == "active"
    await world.client.post(f"/api/v1/enrolments/{short['id']}/withdraw", headers=headers)
    renewed = await world.record(ADMIN, EVALUATING, ago(498), ago(-59))
    short = (await world.client.post("/api/v1/enrolments", json=path, headers=headers)).json()
    assert short["renews"] == str(renewed)
    for key in required:
        await world.pass_activity(short["id"], key, headers)
    done = (await world.client.get(f"/api/v1/enrolments/{short['id']}", headers=headers)).json()
    assert (done["state"], done["progress"]) == ("completed", 1)
    [row] = await world.rows(
        "SELECT valid_until, minutes FROM completions WHERE enrolment_id = :id", id=UUID(short["id"])
    )
    assert row.minutes == sum(each.minutes for each in first.activities if each.required)
    assert row.valid_until == world.library.courses[EVALUATING].course.last_valid_day(clock.today())
