"""A silent host, what a training waits for, several sessions, two at once, and work assessed by one's own side."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.jobs.attendance_letters import sign_attendance
from lms.jobs.trainings import tasks
from lms.joint_trainings.domain.signoff import add_working_days
from lms.kernel.database import Database
from tests.cast import ASSESSOR, COLLEAGUE, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, VOLUNTEER, Cast
from tests.joint_trainings.attendance_samples import Hosts, make_session, make_training
from tests.joint_trainings.samples import AFRICA, PARTNER
from tests.joint_trainings.test_attendance_api import (
    API,
    COORDINATOR,
    ENGINEER,
    SIDES,
    START,
    TRAINER,
    completions,
    hosts,
    kind,
    mark,
    partner,
    sign,
    sitting,
)

__all__ = ["hosts", "partner", "sitting"]  # fixtures


async def follow(database: Database) -> None:
    """The nightly job, as it runs."""
    await tasks(lambda: database)["attendance.follow"]()


async def closed(database: Database, sitting: UUID) -> list[tuple[str, bool]]:
    async with database.transaction() as session:
        statement = text("SELECT kind, by_id IS NULL FROM attendance_signatures WHERE session_id = :id")
        return [tuple(row) for row in await session.execute(statement, {"id": sitting})]


async def reminders(database: Database, sitting: UUID) -> list[UUID]:
    async with database.transaction() as session:
        statement = text("SELECT id FROM attendance_reminders WHERE session_id = :id ORDER BY host_id")
        return list(await session.scalars(statement, {"id": sitting}))


async def test_a_silent_host_is_reminded_then_closed_by_the_list(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    await mark(client, cast, sitting, SENIOR, LEARNER)
    before = len(await completions(client, cast, LEARNER))
    with travel(START + timedelta(hours=3), tick=True):
        assert (await sign(client, cast, sitting, hosts, PARTNER, COORDINATOR)).status_code == 201
    tenth = add_working_days(START.date(), 10)
    at = START.replace(year=tenth.year, month=tenth.month, day=tenth.day)
    with travel(at - timedelta(days=1), tick=True):
        await follow(database)
        assert await reminders(database, sitting) == []
    with travel(at, tick=True):
        for _ in range(2):
            await follow(database)
        found = await reminders(database, sitting)
        assert len(found) == 1, "only the silent one, and once"
        async with database.reading() as session:
            mails = await sign_attendance(session, found, "http://here")
        assert FOCAL_POINT in {mail.to for mail in mails}
        assert not any("Amina" in mail.body for mail in mails), "the letter names nobody"
    last = add_working_days(tenth, 5)
    at = START.replace(year=last.year, month=last.month, day=last.day)
    with travel(at - timedelta(days=1), tick=True):
        await follow(database)
        assert await closed(database, sitting) == [("signed", False)]
    with travel(at, tick=True):
        for _ in range(2):
            await follow(database)
        assert sorted(await closed(database, sitting)) == [("closed_by_list", True), ("signed", False)]
        assert len(await completions(client, cast, LEARNER)) == before + 1
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201
        assert sorted(await closed(database, sitting)) == [
            ("closed_by_list", True), ("signed", False), ("signed", False),
        ]  # fmt: skip
        assert len(await completions(client, cast, LEARNER)) == before + 1, "signed later, it is no other one"


async def test_a_training_is_closed_when_all_have_signed(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts
) -> None:
    address = f"{API}/joint-trainings/{hosts.training}"

    async def close() -> Any:
        headers = cast.token(FOCAL_POINT)
        match = {"If-Match": (await client.get(address, headers=headers)).headers["ETag"]}
        return await client.post(f"{address}/moves", json={"to": "closed"}, headers=headers | match)

    with travel(START + timedelta(days=1), tick=True):
        refused = await close()
        waiting = [each for each in refused.json()["errors"] if "signed" in each["detail"]]
        assert refused.status_code == 409 and len(waiting) == 2
        for key, by in ((AFRICA, FOCAL_POINT), (PARTNER, COORDINATOR)):
            assert (await sign(client, cast, sitting, hosts, key, by)).status_code == 201
        answer = await close()
        assert not [each for each in answer.json().get("errors", ()) if "signed" in each["detail"]]


@pytest.mark.parametrize(("every", "expected"), [(True, [0, 1]), (False, [1, 1])])
async def test_every_session_or_any_one(
    client: AsyncClient, cast: Cast, database: Database, every: bool, expected: list[int]
) -> None:
    hosts = await make_training(
        database, cast, FOCAL_POINT, SIDES, course="legal-foundations", every_session=every
    )
    before, found = len(await completions(client, cast, LEARNER)), []
    sittings = [
        await make_session(
            database, cast, hosts, starts_at=START + timedelta(days=day), seats={LEARNER: AFRICA},
            facilitators={SENIOR: AFRICA}, by=FOCAL_POINT,
        )
        for day in (0, 1)
    ]  # fmt: skip
    for day, made in enumerate(sittings):
        with travel(START + timedelta(days=day, minutes=10), tick=True):
            await mark(client, cast, made, SENIOR, LEARNER)
        with travel(START + timedelta(days=day, hours=3), tick=True):
            assert (await sign(client, cast, made, hosts, AFRICA, FOCAL_POINT)).status_code == 201
            found.append(len(await completions(client, cast, LEARNER)) - before)
    assert found == expected


async def test_two_sessions_signed_at_once_miss_nobody(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    hosts = await make_training(database, cast, FOCAL_POINT, SIDES, course="legal-foundations")
    made = [
        await make_session(
            database, cast, hosts, starts_at=START + timedelta(hours=each), seats={LEARNER: AFRICA},
            facilitators={SENIOR: AFRICA}, by=FOCAL_POINT,
        )
        for each in (0, 3)
    ]  # fmt: skip
    before = len(await completions(client, cast, LEARNER))
    for each, hour in zip(made, (0, 3), strict=True):
        with travel(START + timedelta(hours=hour, minutes=5), tick=True):
            await mark(client, cast, each, SENIOR, LEARNER)
    with travel(START + timedelta(hours=8), tick=True):
        signing = [sign(client, cast, each, hosts, AFRICA, FOCAL_POINT) for each in made for _ in range(2)]
        answers = await asyncio.gather(*signing)
        assert [each.status_code for each in answers] == [201] * 4
        assert len(await completions(client, cast, LEARNER)) == before + 1


async def test_two_facilitators_mark_at_once(
    client: AsyncClient, cast: Cast, sitting: UUID, database: Database
) -> None:
    same = {"client_id": "one-and-the-same"}
    answers = await asyncio.gather(
        *(mark(client, cast, sitting, SENIOR, LEARNER, **same) for _ in range(3)),
        *(mark(client, cast, sitting, VOLUNTEER, LEARNER, minutes=each) for each in (30, 60)),
    )
    assert all(each["is_taken"] for each in answers)
    async with database.transaction() as session:
        count = text("SELECT count(*) FROM attendance_marks WHERE session_id = :id")
        assert await session.scalar(count, {"id": sitting}) == 3


# -- assessed work -----------------------------------------------------------------------------------------


@pytest.fixture
async def present(client: AsyncClient, cast: Cast, sitting: UUID) -> UUID:
    for person in (LEARNER, ENGINEER, TRAINER):
        await mark(client, cast, sitting, SENIOR, person)
    return sitting


async def assess(
    client: AsyncClient, cast: Cast, hosts: Hosts, by: str, person: str, level: int = 2, **more: Any
) -> Any:
    sent = {"person": str(cast.ids[person]), "levels": {"legal-instruments": level}, "words": "Clear."} | more
    address = f"{API}/joint-trainings/{hosts.training}/assessments"
    return await client.post(address, json=sent, headers=cast.token(by))


async def test_each_side_assesses_its_own(
    client: AsyncClient, cast: Cast, hosts: Hosts, present: UUID, database: Database
) -> None:
    assert kind(await assess(client, cast, hosts, TRAINER, ENGINEER)) == (404, "training-not-found")
    address = f"{API}/partners/{PARTNER}/assessors"
    for person, by, status in (
        (TRAINER, FOCAL_POINT, 404), (LEARNER, COORDINATOR, 422), (TRAINER, COORDINATOR, 201),
        (TRAINER, COORDINATOR, 201),
    ):  # fmt: skip
        answer = await client.post(address, json={"person": person}, headers=cast.token(by))
        assert answer.status_code == status, answer.text
    listed = (await client.get(address, headers=cast.token(COORDINATOR))).json()["items"]
    assert [each["person"]["name"] for each in listed] == ["Kofi Trainer"]
    assert kind(await assess(client, cast, hosts, TRAINER, LEARNER)) == (403, "not-of-your-side")
    assert kind(await assess(client, cast, hosts, ASSESSOR, ENGINEER)) == (403, "not-of-your-side")
    assert kind(await assess(client, cast, hosts, TRAINER, TRAINER)) == (403, "not-of-your-side")
    assert kind(await assess(client, cast, hosts, ASSESSOR, COLLEAGUE)) == (409, "not-there")
    for by, person in ((TRAINER, ENGINEER), (ASSESSOR, LEARNER)):
        assert (await assess(client, cast, hosts, by, person)).status_code == 201
        assert kind(await assess(client, cast, hosts, by, person)) == (409, "assessed-there")
    records = (await client.get(f"{API}/skill-records", headers=cast.token(ENGINEER))).json()["items"]
    found = [(each["competency"], each["level"], each["source"]) for each in records]
    assert found == [("legal-instruments", 2, "joint_training_assessment")]
    assert records[0]["assessment_id"] and records[0]["assessor_id"] == str(cast.ids[TRAINER])
    seen = await client.get(
        f"{API}/joint-trainings/{hosts.training}/assessments", headers=cast.token(TRAINER)
    )
    assert [each["person"]["name"] for each in seen.json()["items"]] == ["Nadia Engineer"]
    ended = await client.delete(f"{address}/{listed[0]['id']}", headers=cast.token(COORDINATOR))
    assert ended.status_code == 204
    assert kind(await assess(client, cast, hosts, TRAINER, ENGINEER)) == (404, "training-not-found")


async def test_work_shows_no_more_than_its_ceiling_and_what_was_taught(
    client: AsyncClient, cast: Cast, hosts: Hosts, present: UUID
) -> None:
    for level, more in (
        (3, {}), (0, {}), (1, {"levels": {"agile-gardening": 1}}), (1, {"words": " "}),
    ):  # fmt: skip
        answer = await assess(client, cast, hosts, ASSESSOR, LEARNER, level=level, **more)
        assert answer.status_code == 422, answer.text
    assert (await assess(client, cast, hosts, OTHER_LEARNER, LEARNER)).status_code == 404
    assert (await assess(client, cast, hosts, ASSESSOR, LEARNER, level=1)).status_code == 201
