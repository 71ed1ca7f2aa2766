"""Absences on human resources' page, and what they do to what a learner sees of a renewal."""

from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import HR, LEARNER, OTHER_HR, SUPERVISOR, Cast
from tests.web.readers import Reader, words

LEGAL = "legal-foundations"


@pytest.fixture(scope="module", autouse=True)
async def soon_to_be_renewed(client: AsyncClient, cast: Cast) -> None:
    """The supervisor has it since so long that it counts for some weeks more."""
    day = clock.today() - timedelta(days=1065)
    completed = {"person": SUPERVISOR, "course": LEGAL, "occurred_on": str(day), "source": "elsewhere"}
    sent = await client.post(
        "/api/v1/completions/batch", json={"completions": [completed]}, headers=cast.token(HR)
    )
    assert sent.json()["recorded"] == 1, sent.text


async def test_a_completion_soon_to_end_is_shown_with_its_shorter_path(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, SUPERVISOR)
    page = words(await reader.get("/learning"))
    assert "To be renewed" in page and "by a shorter path, 40 min" in page
    course = words(await reader.get(f"/courses/{LEGAL}"))
    assert "While it counts, a shorter path renews it" in course
    assert "Name and emblem When to call the legal office" in course


async def test_an_absence_is_added_changed_and_taken_back_and_moves_the_renewal(
    app: FastAPI, cast: Cast, database: Database
) -> None:
    hr = await Reader(app).sign_in(cast, HR)
    path, today = f"/people/{cast.ids[SUPERVISOR]}/absences", clock.today()
    assert "No absence is recorded" in await hr.get(path)
    wrong = {"from_on": str(today), "until_on": str(today - timedelta(days=1))}
    assert "The last day lies before the first." in await hr.send(path, 422, **wrong)
    assert "Give its last day." in await hr.send(path, 422, from_on=str(today), until_on="")
    days = {"from_on": str(today), "until_on": str(today + timedelta(days=99))}
    await hr.send(path, **days)
    assert "Another absence has some of these days." in await hr.send(path, 422, **days)
    learner = await Reader(app).sign_in(cast, SUPERVISOR)
    assert "To be renewed" not in words(await learner.get("/learning")), "a hundred days more: too early"
    record = words(await learner.get("/record"))
    assert "100 days were added" in record, record[record.index("What I have completed") :]
    absence = await _absence(database, cast)
    await hr.send(f"{path}/{absence}/end", until_on=str(today + timedelta(days=4)))
    assert "5 days were added" in words(await learner.get("/learning"))
    await hr.send(f"{path}/{absence}/take-back")
    await hr.send(f"{path}/{absence}/take-back")  # clicked twice
    page = words(await learner.get("/learning"))
    assert "To be renewed" in page and "days were added" not in page


async def _absence(database: Database, cast: Cast) -> str:
    async with database.reading() as session:
        statement = text("SELECT id FROM absences WHERE person_id = :person")
        return str(await session.scalar(statement, {"person": cast.ids[SUPERVISOR]}))


async def test_nobody_else_keeps_absences(app: FastAPI, cast: Cast) -> None:
    path = f"/people/{cast.ids[SUPERVISOR]}/absences"
    for email, status in ((OTHER_HR, 404), (LEARNER, 403), (SUPERVISOR, 403)):
        reader = await Reader(app).sign_in(cast, email)
        await reader.get(path, status)
        days = {"from_on": str(date(2026, 1, 1)), "until_on": str(date(2026, 1, 2))}
        await reader.send(path, status, **days)


async def test_the_shorter_path_asks_for_its_modules_alone(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, SUPERVISOR)
    await reader.send(f"/courses/{LEGAL}/enrol")
    page = words(await reader.get(f"/learn/{LEGAL}"))
    assert "40 min left" in page
