"""Reactions over the API: who may give one, when, and what of it is told to whom."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.evaluations.service.counting import close_overdue
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, SENIOR, Cast
from tests.evaluations.samples import API, asked_people, close_level, closed, react_as, reaction
from tests.joint_trainings.samples import AFRICA, PARTNER, PARTNERS_COORDINATOR, RELIEF, make_clear
from tests.partners.samples import appoint


@pytest.fixture(scope="module")
async def people(database: Database, cast: Cast) -> list[str]:
    return await asked_people(database, cast, 8)


@pytest.fixture(scope="module", autouse=True)
async def partner(client: AsyncClient, cast: Cast, database: Database) -> None:
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS_COORDINATOR)


async def test_who_took_part_is_asked_at_once_in_their_language(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, people[0])
    headers = cast.token(people[0])
    listed = (await client.get("/api/v1/me/evaluations", headers=headers)).json()["items"]
    mine = [each for each in listed if each["training_id"] == str(training)]
    assert [(each["kind"], each["about"]) for each in mine] == [("reaction", None)]
    form = (await client.get(f"{API}/{training}/forms/reaction", headers=headers)).json()
    assert form["is_anonymous"] and len(form["scaled"]) == 6 and len(form["open"]) == 2
    for other in (people[1], COORDINATOR):
        answer = await client.get(f"{API}/{training}/forms/reaction", headers=cast.token(other))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-asked")


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        (reaction(6), "/scores/relevant"),
        (reaction(0), "/scores/relevant"),
        ({"scores": {"relevant": 5}}, "/scores/clear"),
        ({"scores": {**reaction()["scores"], "relevant": "5"}}, "/scores/relevant"),
        ({"scores": {**reaction()["scores"], "relevant": True}}, "/scores/relevant"),
        ({"scores": {**reaction()["scores"], "more": 5}}, "/scores/more"),
        (reaction(4, other="Words"), "/words/other"),
        (reaction(4, helped="x" * 2001), "/words/helped"),
        (reaction() | {"person": "me"}, "/person"),
    ],
)
async def test_a_bad_answer_uses_up_no_token(
    client: AsyncClient, cast: Cast, database: Database, people: list[str], sent: dict, pointer: str
) -> None:
    training = await closed(client, cast, database, people[0])
    headers = cast.token(people[0])
    answer = await client.post(f"{API}/{training}/reaction", json=sent, headers=headers)
    assert answer.status_code == 422
    assert pointer in {each["pointer"] for each in answer.json()["errors"]}
    await react_as(client, cast, training, people[0], reaction())


async def test_two_devices_at_once_give_one_answer(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people[:5])
    sent = [
        client.post(f"{API}/{training}/reaction", json=reaction(4), headers=cast.token(person))
        for person in people[:5]
        for _ in range(2)
    ]
    answers = await asyncio.gather(*sent)
    assert sorted(each.status_code for each in answers) == [204] * 5 + [409] * 5
    refused = next(each for each in answers if each.status_code == 409)
    assert refused.json()["type"] == "/problems/already-answered"
    await close_level(client, cast, training, "reaction")
    read = (await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))).json()
    told = read["levels"][0]["questions"]["relevant"]
    assert (told["people"], told["average"]) == (5, 4.0)


async def test_nothing_is_told_before_it_is_closed_and_never_of_four(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people[:5])
    for person in people[:4]:
        await react_as(client, cast, training, person, reaction(5, helped=f"Of {person}"))

    async def level() -> dict:
        read = (await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))).json()
        found: dict = read["levels"][0]
        return found

    open_ = await level()
    assert (open_["asked"], open_["answered"], open_["questions"], open_["words"]) == (5, None, {}, {})
    await close_level(client, cast, training, "reaction")
    told = await level()
    assert (told["asked"], told["answered"], told["words"]) == (5, None, {})
    assert set(told["questions"].values()) == {None}
    late = await client.post(f"{API}/{training}/reaction", json=reaction(), headers=cast.token(people[4]))
    assert (late.status_code, late.json()["type"]) == (409, "/problems/form-closed")


async def test_it_is_closed_on_its_day_and_once(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people[:6])
    for person in people[:5]:
        await react_as(client, cast, training, person, reaction(3, helped="Examples"))
    with travel(clock.now() + timedelta(days=400)):
        async with database.transaction() as session:
            assert await close_overdue(session) > 0
        async with database.transaction() as session:
            assert await close_overdue(session) == 0
    headers = cast.token(FOCAL_POINT)
    read = (await client.get(f"{API}/{training}", headers=headers)).json()
    assert read["levels"][0]["words"] == {"helped": ["Examples"] * 5}
    assert read["evaluated_at"], "both levels of the light track are closed"
    trained = (await client.get(f"/api/v1/joint-trainings/{training}", headers=headers)).json()
    assert trained["state"] == "closed"
    again = await client.post(f"{API}/{training}/levels/reaction/closing", headers=headers)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/level-closed")


async def test_only_the_lead_closes_a_level(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people[:2], full=True)
    for person, level, status in (
        (LEARNER, "reaction", 403),
        (SENIOR, "reaction", 403),
        (FOCAL_POINT, "behaviour", 409),  # nobody was asked yet
        (FOCAL_POINT, "nothing", 422),
        (FOCAL_POINT, "reaction", 200),
    ):
        answer = await client.post(f"{API}/{training}/levels/{level}/closing", headers=cast.token(person))
        assert answer.status_code == status, (person, level, answer.text)


async def test_a_partner_reads_figures_of_its_own_trainings_and_no_words(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    ours = await closed(client, cast, database, *people[:5], title="Ours alone")
    theirs = await closed(client, cast, database, *people[:5], title="With a partner")
    await host(database, theirs)
    for training in (ours, theirs):
        for person in people[:5]:
            await react_as(client, cast, training, person, reaction(5, helped="Aisha helped"))
        await close_level(client, cast, training, "reaction")
    headers = cast.token(PARTNERS_COORDINATOR)
    assert (await client.get(f"{API}/{ours}", headers=headers)).status_code == 404
    read = await client.get(f"{API}/{theirs}", headers=headers)
    assert read.json()["levels"][0]["questions"]["clear"]["average"] == 5.0
    assert "Aisha" not in read.text
    listed = (await client.get(API, headers=headers)).json()["items"]
    assert [each["training_id"] for each in listed] == [str(theirs)]
    for parameter, number in (("entity", AFRICA), ("entity", RELIEF), ("partner", PARTNER)):
        narrowed = await client.get(f"{API}?{parameter}={number}", headers=headers)
        assert len(narrowed.json()["items"]) == 1
    assert (await client.get(f"{API}?partner=nobody", headers=headers)).json()["items"] == []


async def host(database: Database, training: UUID) -> None:
    """Have the partner host a training, as if it had from the first."""
    async with database.transaction() as session:
        await session.execute(
            text(
                """INSERT INTO training_hosts (id, training_id, partner_id, accepted_at, created_at)
                   SELECT gen_random_uuid(), :training, id, now(), now() FROM partners WHERE key = :key"""
            ),
            {"training": training, "key": PARTNER},
        )
