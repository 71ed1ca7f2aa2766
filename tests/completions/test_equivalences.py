"""The equivalence register against the database: given once, kept with its ground, taken back with it alone."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition, refs_by_key
from lms.completions import equivalences
from lms.completions.service import Finished, record_elsewhere, revoke_completion
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.queries import get_actor
from tests.cast import COLLEAGUE, COORDINATOR, HR, LEARNER, OTHER_HR, OTHER_LEARNER, SENIOR, SUPERVISOR, Cast

A, B, C, D = (
    "evaluating-partnerships",
    "budgeting-a-partnership",
    "legal-foundations",
    "partnership-essentials",
)
REGISTER = "/api/v1/equivalences"


class World:
    """Decides as human resources of UNEO, records and revokes."""

    def __init__(self, client: AsyncClient, database: Database, cast: Cast) -> None:
        self.client, self.database, self.cast = client, database, cast

    async def decide(
        self, held: str, gives: str, *, by: str = HR, status: int = 201, **more: Any
    ) -> dict[str, Any]:
        sent = {
            "held": held,
            "gives": gives,
            "entity": "uneo",
            "from_on": "2020-01-01",
            "reason": "Same content.",
        }
        answer = await self.client.post(REGISTER, json=sent | more, headers=self.cast.token(by))
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def withdraw(self, made: dict[str, Any], status: int = 200, match: str = "*") -> Any:
        answer = await self.client.post(
            f"{REGISTER}/{made['id']}/withdraw",
            json={"reason": "Contents differ now."},
            headers=self.cast.token(HR) | {"If-Match": match},
        )
        assert answer.status_code == status, answer.text
        return answer

    async def record(
        self, person: str, course: str, days: int, *, by: str = HR, sender: str = "test"
    ) -> UUID:
        async with self.database.transaction() as session:
            return await self.recorded_in(session, person, course, days, by=by, sender=sender)

    async def recorded_in(
        self,
        session: AsyncSession,
        person: str,
        course: str,
        days: int,
        *,
        by: str = HR,
        sender: str = "test",
    ) -> UUID:
        ref = (await refs_by_key(session, [course]))[course]
        day = clock.today() - timedelta(days=days)
        finished = Finished(self.cast.ids[person], ref.id, ref.version_id, 60, day, None, sender=sender)
        acting = await get_actor(session, self.cast.ids[by])
        return (await record_elsewhere(session, acting=acting, finished=[finished]))[0][0]

    async def revoke(self, completion: UUID, reason: str = "Mistaken.") -> None:
        async with self.database.transaction() as session:
            acting = await get_actor(session, self.cast.ids[HR])
            await revoke_completion(session, acting=acting, completion_id=completion, reason=reason)

    async def settle(self) -> int:
        given, last = 0, None
        while True:
            async with self.database.transaction() as session:
                last, some = await equivalences.settle(session, after=last, most=3)
            given += some
            if last is None:
                return given

    async def given(self, person: str, *, revoked: bool = False) -> set[tuple[str, UUID]]:
        """(course, ground) of a person's equivalents that stand, or of those that were revoked."""
        return {(row.course, row.ground_id) for row in await self.rows(person) if row.revoked == revoked}

    async def rows(self, person: str) -> list[Any]:
        async with self.database.reading() as session:
            found = await session.execute(
                text(
                    """SELECT m.*, k.key AS course, r.completion_id IS NOT NULL AS revoked, r.reason_id
                         FROM completions m JOIN courses k ON k.id = m.course_id
                         LEFT JOIN completion_revocations r ON r.completion_id = m.id
                        WHERE m.person_id = :person AND m.source = 'equivalence' ORDER BY m.id"""
                ),
                {"person": self.cast.ids[person]},
            )
            return list(found)


@pytest.fixture
async def world(client: AsyncClient, database: Database, cast: Cast) -> Any:
    """With an empty register: what a test before decided is withdrawn."""
    world = World(client, database, cast)
    await clear(world)
    yield world
    await clear(world)


async def clear(world: World) -> None:
    async with world.database.transaction() as session:
        await session.execute(
            text(
                """INSERT INTO equivalence_withdrawals (equivalence_id, withdrawn_by_id, reason, recorded_at)
                   SELECT id, decided_by_id, 'test', now() FROM equivalences ON CONFLICT DO NOTHING"""
            )
        )
    equivalences.queries.forget_courses_giving()


async def test_past_holders_get_it_by_the_job_and_future_ones_at_once(world: World) -> None:
    past = await world.record(LEARNER, A, 400)
    made = await world.decide(A, B)
    assert await world.given(LEARNER) == set()
    assert await world.settle() >= 1
    [row] = await world.rows(LEARNER)
    async with world.database.reading() as session:
        course = (await get_edition(session, row.course_version_id)).course
    day = clock.today() - timedelta(days=400)
    assert (row.course, row.ground_id, str(row.equivalence_id)) == (B, past, made["id"])
    assert (row.occurred_on, row.valid_until, row.minutes) == (day, course.last_valid_day(day), 0)
    future = await world.record(COLLEAGUE, A, 3)
    assert (B, future) in await world.given(COLLEAGUE)


async def test_applied_twice_it_adds_nothing(world: World) -> None:
    await world.record(LEARNER, A, 20, sender="twice")
    await world.decide(A, B)
    assert await world.settle() > 0
    before = await world.rows(LEARNER)
    assert await world.settle() == 0
    assert await asyncio.gather(world.settle(), world.settle()) == [0, 0]
    assert await world.rows(LEARNER) == before


async def test_two_jobs_at_once_give_once(world: World) -> None:
    await world.record(LEARNER, A, 21, sender="at once")
    await world.record(COLLEAGUE, A, 22, sender="at once")
    await world.decide(A, C)
    given = await asyncio.gather(world.settle(), world.settle())
    grounds = [each for each in await world.rows(LEARNER) if each.course == C]
    assert len({each.ground_id for each in grounds}) == len(grounds)
    assert sum(given) >= 2


async def test_it_chains_and_counts_for_nothing_twice(world: World, cast: Cast) -> None:
    await world.decide(A, B)
    await world.decide(B, C)
    ground = await world.record(SUPERVISOR, A, 5, sender="chain")
    assert await world.given(SUPERVISOR) >= {(B, ground), (C, ground)}
    async with world.database.reading() as session:
        values = {"person": cast.ids[SUPERVISOR]}
        lines = await session.scalars(
            text("SELECT line FROM recognition_totals WHERE person_id = :person AND amount > 0"), values
        )
        assert f"course:{A}" in (kept := set(lines))
        assert f"course:{C}" not in kept
        taught = await session.scalar(
            text(
                """SELECT count(*) FROM skill_records s JOIN completions m ON m.id = s.completion_id
                    WHERE s.person_id = :person AND m.source = 'equivalence'"""
            ),
            values,
        )
        assert taught == 0


async def test_revoking_a_ground_takes_what_rests_on_it_alone(world: World) -> None:
    await world.decide(A, B)
    await world.decide(C, B)
    first = await world.record(LEARNER, A, 9, sender="one of two")
    second = await world.record(LEARNER, C, 8, sender="two of two")
    assert {(B, first), (B, second)} <= await world.given(LEARNER)
    await world.revoke(first, "The certificate was another's.")
    assert (B, first) not in await world.given(LEARNER)
    assert (B, second) in await world.given(LEARNER)
    assert (B, first) in await world.given(LEARNER, revoked=True)
    await world.settle()
    assert (B, first) not in await world.given(LEARNER), "what was revoked does not come back"
    shown = await world.client.get(
        "/api/v1/completions?source=equivalence", headers=world.cast.token(LEARNER)
    )
    fallen = next(each for each in shown.json()["items"] if each["ground"]["id"] == str(first))
    assert fallen["ground"]["course"] == A
    assert fallen["revocation_reason"] == "The certificate was another's."


async def test_a_withdrawn_one_gives_nothing_new_and_takes_nothing_back(world: World) -> None:
    made = await world.decide(A, B)
    before = await world.record(LEARNER, A, 7, sender="before")
    first = await world.client.get(f"{REGISTER}/{made['id']}", headers=world.cast.token(HR))
    without = await world.client.post(
        f"{REGISTER}/{made['id']}/withdraw", json={"reason": "x"}, headers=world.cast.token(HR)
    )
    assert without.status_code == 428
    await world.withdraw(made, match=first.headers["etag"])
    await world.withdraw(made, 412, match=first.headers["etag"])
    assert (await world.withdraw(made, 409)).json()["type"] == "/problems/already-withdrawn"
    after = await world.record(LEARNER, A, 6, sender="after")
    await world.settle()
    given = await world.given(LEARNER)
    assert (B, before) in given
    assert (B, after) not in given


async def test_it_covers_the_people_of_its_entity_and_the_days_it_names(world: World) -> None:
    day = (clock.today() - timedelta(days=30)).isoformat()
    await world.decide(A, B, from_on=day)
    early = await world.record(LEARNER, A, 31, sender="too early")
    theirs = await world.record(OTHER_LEARNER, A, 1, by=OTHER_HR)
    await world.settle()
    assert (B, early) not in await world.given(LEARNER)
    assert (B, theirs) not in await world.given(OTHER_LEARNER)
    await world.decide(A, B, by=COORDINATOR, entity=None, from_on=day)
    await world.settle()
    assert (B, theirs) in await world.given(OTHER_LEARNER)


async def test_a_waiver_is_no_ground(world: World) -> None:
    sent = {
        "person": COLLEAGUE,
        "course": D,
        "reason": "Knows it.",
        "valid_until": (clock.today() + timedelta(days=50)).isoformat(),
    }
    await world.decide(D, B)
    waived = await world.client.post("/api/v1/waivers", json=sent, headers=world.cast.token(HR))
    assert waived.status_code == 201, waived.text
    await world.settle()
    assert UUID(waived.json()["id"]) not in {each[1] for each in await world.given(COLLEAGUE)}


def pointers(answer: dict[str, Any]) -> Iterable[str]:
    return [each["pointer"] for each in answer["errors"]]


async def test_what_the_register_cannot_take_says_why(world: World) -> None:
    await world.decide(A, B)
    await world.decide(B, C)
    for held, gives in ((C, A), (B, A), (A, A)):
        refused = await world.decide(held, gives, status=422)
        assert (refused["type"], *pointers(refused)) == ("/problems/equivalence-loop", "/gives")
    unknown = await world.decide("no-such-course", B, status=422)
    assert list(pointers(unknown)) == ["/held"]
    ends = await world.decide(A, D, status=422, until_on="2019-01-01")
    assert list(pointers(ends)) == ["/until_on"]
    assert (await world.decide(A, B, status=409))["type"] == "/problems/already-equivalent"


async def test_two_decisions_at_once_close_no_loop(world: World) -> None:
    sent = {"entity": "uneo", "from_on": "2020-01-01", "reason": "Same content."}
    answers = await asyncio.gather(
        *(
            world.client.post(
                REGISTER, json=sent | {"held": held, "gives": gives}, headers=world.cast.token(by)
            )
            for held, gives, by in ((A, B, HR), (B, A, SENIOR))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422]


async def test_who_decides_for_whom(world: World) -> None:
    await world.decide(A, B, by=SENIOR)
    await world.decide(A, C, by=HR, status=403, entity=None)
    await world.decide(A, C, by=HR, status=404, entity="unro")
    await world.decide(A, C, by=LEARNER, status=403)
    theirs = await world.decide(A, D, by=OTHER_HR, entity="unro")
    mine = await world.client.get(f"{REGISTER}/{theirs['id']}", headers=world.cast.token(HR))
    assert mine.status_code == 404
    everyone = await world.decide(A, C, by=COORDINATOR, entity=None)
    seen = (await world.client.get(REGISTER, headers=world.cast.token(HR))).json()["items"]
    assert everyone["id"] in {each["id"] for each in seen}
    assert theirs["id"] not in {each["id"] for each in seen}
    await world.decide(A, D, by=COORDINATOR, status=403)
    refused = await world.client.post(
        f"{REGISTER}/{everyone['id']}/withdraw",
        json={"reason": "No."},
        headers=world.cast.token(HR) | {"If-Match": "*"},
    )
    assert refused.status_code == 403


async def test_a_preview_counts_whom_it_would_hit_and_hides_few_from_outside(world: World) -> None:
    await world.record("officer.three@demo.example", A, 12, sender="preview")
    asked = {"held": A, "gives": "stakeholder-mapping", "entity": "uneo", "from_on": "2020-01-01"}
    async with world.database.reading() as session:
        offered = await session.scalar(
            text("SELECT key FROM courses WHERE key <> ALL (:used) ORDER BY key LIMIT 1"),
            {"used": [A, B, C, D]},
        )
    asked["gives"] = offered
    headers = world.cast.token(HR)
    before = (await world.client.post(f"{REGISTER}/preview", json=asked, headers=headers)).json()
    assert before["people"] == sum(each["people"] for each in before["entities"]) > 0
    whole = asked | {"entity": None}
    outside = await world.client.post(
        f"{REGISTER}/preview", json=whole, headers=world.cast.token(COORDINATOR)
    )
    assert {each["people"] for each in outside.json()["entities"]} == {None}
    await world.decide(A, offered)
    assert await world.settle() >= before["people"]
    after = await world.client.post(
        f"{REGISTER}/preview", json=asked | {"from_on": "2020-01-02"}, headers=headers
    )
    assert after.json() == {"people": 0, "entities": []}


async def test_the_register_is_never_changed(world: World) -> None:
    await world.decide(A, B)
    for statement in ("UPDATE equivalences SET reason = 'x'", "DELETE FROM equivalence_withdrawals"):
        with pytest.raises((DBAPIError, asyncpg.PostgresError)):
            async with world.database.transaction() as session:
                await session.execute(text(statement))
