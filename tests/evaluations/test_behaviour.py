"""Behaviour after ninety days: the learner's own word, and a supervisor's where the learner agrees."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.evaluations.domain.levels import Kind
from lms.evaluations.service.opening import announce
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.evaluations.samples import API, asked_people, behaviour, close_level, closed


@pytest.fixture(scope="module")
def later() -> datetime:
    """When behaviour is asked."""
    return clock.now() + timedelta(days=95)


@pytest.fixture(scope="module", autouse=True)
async def lasting_tokens(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE api_tokens SET expires_at = expires_at + interval '2 years'"))


async def send(client: AsyncClient, cast: Cast, training: UUID, person: str, **sent: Any) -> Any:
    return await client.post(f"{API}/{training}/behaviour", json=sent, headers=cast.token(person))


async def agree(client: AsyncClient, cast: Cast, training: UUID, person: str, asked: UUID) -> Any:
    sent = {"person": str(asked)}
    return await client.put(f"{API}/{training}/consent", json=sent, headers=cast.token(person))


async def answers(database: Database, training: UUID) -> int:
    async with database.reading() as session:
        return int(
            await session.scalar(
                text(
                    """SELECT count(*) FROM behaviour_answers b JOIN evaluation_asks a ON a.id = b.ask_id
                        WHERE a.training_id = :id"""
                ),
                {"id": training},
            )
        )


async def test_it_is_asked_after_ninety_days(
    client: AsyncClient, cast: Cast, database: Database, later: datetime
) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    early = await send(client, cast, training, LEARNER, **behaviour())
    assert (early.status_code, early.json()["type"]) == (409, "/problems/form-closed")
    with travel(later):
        async with database.transaction() as session:
            await announce(session)
        listed = (await client.get("/api/v1/me/evaluations", headers=cast.token(LEARNER))).json()["items"]
        assert (str(training), "behaviour") in {(each["training_id"], each["kind"]) for each in listed}
        assert (
            await send(client, cast, training, LEARNER, **behaviour(4, example="It works"))
        ).status_code == 204
        twice = await send(client, cast, training, LEARNER, **behaviour())
        assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-answered")


async def test_a_supervisor_is_asked_with_consent_only(
    client: AsyncClient, cast: Cast, database: Database, later: datetime
) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    learner, boss = str(cast.ids[LEARNER]), cast.token(SUPERVISOR)
    with travel(later):
        sent = behaviour(5, Kind.SUPERVISOR) | {"about": learner}
        assert (await send(client, cast, training, SUPERVISOR, **sent)).status_code == 404
        may = (await client.get(f"{API}/{training}/consent", headers=cast.token(LEARNER))).json()
        assert [each["id"] for each in may["may_be_asked"]] == [str(cast.ids[SUPERVISOR])]
        wrong = await agree(client, cast, training, LEARNER, cast.ids[SENIOR])
        assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/nobody-to-ask")
        given = await agree(client, cast, training, LEARNER, cast.ids[SUPERVISOR])
        assert given.json()["asked"]["id"] == str(cast.ids[SUPERVISOR])
        assert (await agree(client, cast, training, LEARNER, cast.ids[SUPERVISOR])).status_code == 200
        listed = (await client.get("/api/v1/me/evaluations", headers=boss)).json()["items"]
        assert [each["about"]["id"] for each in listed if each["training_id"] == str(training)] == [learner]
        assert (await send(client, cast, training, SUPERVISOR, **sent)).status_code == 204


async def test_consent_taken_back_deletes_what_was_not_counted(
    client: AsyncClient, cast: Cast, database: Database, later: datetime
) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    headers, sent = cast.token(LEARNER), behaviour(2, Kind.SUPERVISOR) | {"about": str(cast.ids[LEARNER])}
    with travel(later):
        await agree(client, cast, training, LEARNER, cast.ids[SUPERVISOR])
        await send(client, cast, training, SUPERVISOR, **sent)
        assert await answers(database, training) == 1
        for _ in range(2):
            answer = await client.delete(f"{API}/{training}/consent", headers=headers)
            assert answer.status_code == 204
        assert await answers(database, training) == 0
        form = f"{API}/{training}/forms/supervisor?about={cast.ids[LEARNER]}"
        assert (await client.get(form, headers=cast.token(SUPERVISOR))).status_code == 404
        assert (await agree(client, cast, training, LEARNER, cast.ids[SUPERVISOR])).status_code == 200
        assert (await send(client, cast, training, SUPERVISOR, **sent)).status_code == 204, "asked anew"


async def test_totals_that_were_counted_stay(
    client: AsyncClient, cast: Cast, database: Database, later: datetime
) -> None:
    people = sorted({*(await asked_people(database, cast, 5)), LEARNER})
    training = await closed(client, cast, database, *people, full=True)
    with travel(later):
        for person in people:
            sent = behaviour(5, example=f"By {person}")
            assert (await send(client, cast, training, person, **sent)).status_code == 204
        await agree(client, cast, training, LEARNER, cast.ids[SUPERVISOR])
        await send(
            client, cast, training, SUPERVISOR, about=str(cast.ids[LEARNER]), **behaviour(1, Kind.SUPERVISOR)
        )
        await close_level(client, cast, training, "behaviour")
        assert await answers(database, training) == 0
        late = await client.delete(f"{API}/{training}/consent", headers=cast.token(LEARNER))
        assert (late.status_code, late.json()["type"]) == (409, "/problems/level-closed")
        read = (await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))).json()
    level = next(each for each in read["levels"] if each["level"] == "behaviour")
    assert level["questions"]["used"]["people"] == len(people) and len(level["words"]["example"]) == len(
        people
    )
    assert set(level["supervisor_questions"].values()) == {None}, "one supervisor is fewer than five"
