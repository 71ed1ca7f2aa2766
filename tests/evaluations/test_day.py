"""What happens by itself: trainings that close are evaluated, levels open and end, nobody is mailed twice."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.evaluations.service.day import follow_day
from lms.jobs import evaluations as letters
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, SUPERVISOR, VOLUNTEER, Cast
from tests.evaluations.samples import API, behaviour, closed, react_as, reaction
from tests.joint_trainings.samples import in_days, move, published

URL = "https://lms.example"


@pytest.fixture(scope="module", autouse=True)
async def lasting_tokens(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE api_tokens SET expires_at = expires_at + interval '2 years'"))


async def follow(database: Database) -> None:
    async with database.transaction() as session:
        await follow_day(session)


async def jobs(database: Database, training: UUID) -> int:
    """How many jobs ask for answers to this training."""
    async with database.reading() as session:
        return int(
            await session.scalar(
                text(
                    """SELECT count(*) FROM procrastinate_jobs
                        WHERE task_name = 'mail.evaluation_asked' AND args::text LIKE :id"""
                ),
                {"id": f"%{training}%"},
            )
            or 0
        )


async def seat(
    database: Database, training: UUID, by: UUID, *people: UUID, minutes: int | None = None
) -> None:
    """A session of the training with seats for these people; with `minutes`, they were seen there."""
    async with database.transaction() as session:
        values = {"training": training, "by": by}
        row = (await session.execute(text(_SESSION), values)).one()
        for number, person in enumerate(people, 1):
            given = {"session": row.id, "host": row.host_id, "person": person, "number": number, "by": by}
            await session.execute(text(_SEAT), given)
            if minutes is not None:
                await session.execute(text(_MARK), given | {"minutes": minutes})


_SESSION = """
    INSERT INTO training_sessions (id, training_id, title, local_on, local_at, fold, zone, minutes, starts_at, ends_at,
                                   seats, code_secret, sequence, created_by_id, revision, created_at)
    SELECT gen_random_uuid(), :training, 'One', current_date - 2, '09:00', 0, 'UTC', 60, now() - interval '2 days',
           now() - interval '47 hours',
           20, 'secret', 0, :by, 1, now()
    RETURNING id, (SELECT h.id FROM training_hosts h WHERE h.training_id = :training ORDER BY h.id LIMIT 1) AS host_id
"""
_SEAT = """
    INSERT INTO bookings (id, number, session_id, person_id, host_id, state, booked_at, is_late, revision)
    VALUES (gen_random_uuid(), :number, :session, :person, :host, 'seated', now(), false, 1)
"""
_MARK = """
    INSERT INTO attendance_marks (id, session_id, person_id, host_id, source, minutes, at, by_id, client_id,
                                  recorded_at)
    VALUES (gen_random_uuid(), :session, :person, :host, 'list', :minutes, now(), :by, gen_random_uuid()::text, now())
"""


async def over(client: AsyncClient, cast: Cast, database: Database, training: str) -> None:
    """Close a published training over the API, when its day is over."""
    async with database.transaction() as session:
        await session.execute(
            text(
                """UPDATE joint_trainings SET state = 'running', starts_on = current_date - 1, ends_on = NULL
                    WHERE id = :id"""
            ),
            {"id": training},
        )
    await sign_all(client, cast, database, training)
    answer = await move(client, cast, training, "closed", by=FOCAL_POINT)
    assert answer.status_code == 201, answer.text


async def sign_all(client: AsyncClient, cast: Cast, database: Database, training: str) -> None:
    """Every host signs who of its people was there; the coordinator of the whole system does it for them."""
    headers = cast.token(COORDINATOR)
    async with database.reading() as session:
        statement = text("SELECT id FROM training_sessions WHERE training_id = :id")
        ids = list(await session.scalars(statement, {"id": training}))
    for address in (f"/api/v1/sessions/{each}/attendance" for each in ids):
        for host in (await client.get(address, headers=headers)).json()["hosts"]:
            if host["digest"]:
                sent = {"host": host["host"], "digest": host["digest"]}
                answer = await client.post(f"{address}/signatures", json=sent, headers=headers)
                assert answer.status_code == 201, answer.text


async def asked(client: AsyncClient, cast: Cast, training: UUID, person: str) -> set[str]:
    listed = (await client.get("/api/v1/me/evaluations", headers=cast.token(person))).json()["items"]
    return {each["kind"] for each in listed if each["training_id"] == str(training)}


async def test_who_was_seen_is_asked_when_it_is_closed(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = UUID((await published(client, cast))["id"])
    by = cast.ids[FOCAL_POINT]
    await seat(database, training, by, cast.ids[LEARNER], minutes=60)
    await seat(database, training, by, cast.ids[VOLUNTEER])
    await over(client, cast, database, str(training))
    assert await asked(client, cast, training, LEARNER) == {"reaction"}
    assert await asked(client, cast, training, VOLUNTEER) == set(), "had a seat, and was not seen"
    assert await jobs(database, training) == 1


async def test_who_had_a_seat_and_was_signed_as_absent_is_not_asked(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = UUID((await published(client, cast))["id"])
    await seat(database, training, cast.ids[FOCAL_POINT], cast.ids[VOLUNTEER])
    await over(client, cast, database, str(training))
    assert await asked(client, cast, training, VOLUNTEER) == set()


async def test_a_test_is_asked_for_before_the_first_day(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = UUID((await published(client, cast, starts_on=in_days(10).isoformat()))["id"])
    await seat(database, training, cast.ids[FOCAL_POINT], cast.ids[LEARNER])
    questions = [{"prompt": f"{n}?", "options": ["Yes", "No"], "right": 0} for n in range(3)]
    path, headers = f"{API}/{training}/test", cast.token(FOCAL_POINT)
    assert (await client.put(path, json={"questions": questions}, headers=headers)).status_code == 200
    for _ in range(2):
        await follow(database)
        assert await asked(client, cast, training, LEARNER) == {"pre_test"}
        assert await jobs(database, training) == 1, "asked again, and mailed again"


async def test_levels_open_and_end_on_their_days(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    levels: list[dict] = []
    for days_later, states in ((0, ["open", "open", "later", "open"]), (100, ["closed", "closed", "open", "open"]),
                               (400, ["closed", "closed", "closed", "closed"])):  # fmt: skip
        with travel(clock.now() + timedelta(days=days_later)):
            await follow(database)
            headers, today = cast.token(FOCAL_POINT), clock.today().isoformat()
            levels = (await client.get(f"{API}/{training}", headers=headers)).json()["levels"]
            assert [state_of(each, today) for each in levels] == states
    read = await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))
    assert read.json()["evaluated_at"]


def state_of(level: dict, today: str) -> str:
    if level["closed_at"]:
        return "closed"
    return "open" if level["opens_on"] <= today else "later"


async def mails(database: Database, training: UUID, *, remind: bool = False) -> list[tuple[str, str, str]]:
    async with database.reading() as session:
        written = (
            await letters.reminders(session, URL)
            if remind
            else await letters.asked(session, [training, training], URL)
        )
    return [(each.to, each.subject, each.key) for each in written if str(training) in each.key]


async def test_one_mail_asks_for_all_forms_of_a_day_and_says_so_once(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await closed(client, cast, database, LEARNER, VOLUNTEER)
    first = await mails(database, training)
    assert sorted(to for to, _, _ in first) == sorted([LEARNER, VOLUNTEER])
    assert len({key for _, _, key in first}) == 2
    await react_as(client, cast, training, LEARNER, reaction())
    again = await mails(database, training)
    assert [to for to, _, _ in again] == [VOLUNTEER] and {key for _, _, key in again} < {k for *_, k in first}
    assert await mails(database, training, remind=True) == []
    with travel(clock.now() + timedelta(days=8)):
        reminded = await mails(database, training, remind=True)
    with travel(clock.now() + timedelta(days=9)):
        assert await mails(database, training, remind=True) == reminded, (
            "the key is the same, so it goes out once"
        )
    assert [to for to, _, _ in reminded] == [VOLUNTEER]


async def test_a_supervisor_is_written_to_about_whom(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    later: datetime = clock.now() + timedelta(days=95)
    with travel(later):
        sent = {"person": str(cast.ids[SUPERVISOR])}
        path = f"{API}/{training}/consent"
        assert (await client.put(path, json=sent, headers=cast.token(LEARNER))).status_code == 200
        assert await jobs(database, training) == 2  # the levels that opened at once, and this
        async with database.reading() as session:
            written = await letters.asked(session, [training], URL)
        (mail,) = [each for each in written if each.to == SUPERVISOR]
        assert f"about={cast.ids[LEARNER]}" in mail.body
        form = f"{API}/{training}/behaviour"
        answered = await client.post(form, json=behaviour(3), headers=cast.token(LEARNER))
        assert answered.status_code == 204
