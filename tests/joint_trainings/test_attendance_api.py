"""Attendance over the API: checking in, marking, signing, and whom each side sees."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text
from time_machine import travel

from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.domain import digest_of
from lms.people.models import Affiliation, ApiToken, Person
from tests.cast import ASSESSOR, COLLEAGUE, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, VOLUNTEER, Cast
from tests.joint_trainings.attendance_samples import Hosts, make_session, make_training
from tests.joint_trainings.samples import AFRICA, PARTNER, RELIEF
from tests.partners.samples import appoint, grant, make

API = "/api/v1"
ENGINEER, TRAINER = "engineer@baobab.example", "trainer@baobab.example"  # of the partner
COORDINATOR = ENGINEER.replace("engineer", "office")
RELIEF_HOST = OTHER_LEARNER  # made a focal point of the Relief Office in these tests


@pytest.fixture(scope="module", autouse=True)
async def partner(client: AsyncClient, cast: Cast, database: Database) -> None:
    """A partner with people of its own, one of whom coordinates."""
    await make(client, cast, PARTNER)
    for email, name in ((ENGINEER, "Nadia Engineer"), (TRAINER, "Kofi Trainer"), (COORDINATOR, "Ama Office")):
        cast.ids[email] = await partner_person(database, email, name)
    await appoint(client, cast, PARTNER, COORDINATOR)
    await grant(database, cast, RELIEF_HOST, "focal_point", RELIEF)


async def partner_person(database: Database, email: str, name: str) -> UUID:
    async with database.transaction() as session:
        row = {"key": PARTNER}
        partner_id = await session.scalar(text("SELECT id FROM partners WHERE key = :key"), row)
        person = Person(name=name, sort_key=name.lower(), email=email, email_key=email)
        session.add(person)
        await session.flush()
        session.add(
            Affiliation(
                person_id=person.id, partner_id=partner_id, kind="partner_personnel", from_on=date(2026, 1, 1)
            )
        )
        expires = clock.now() + timedelta(days=400)
        token = digest_of(f"token-of-{email}")
        session.add(ApiToken(token_hash=token, person_id=person.id, name="test", expires_at=expires))
    return person.id


SIDES = {AFRICA: "entity", RELIEF: "entity", PARTNER: "partner"}
START = datetime.combine(clock.today(), datetime.min.time(), tzinfo=clock.now().tzinfo) + timedelta(hours=9)


@pytest.fixture
async def hosts(database: Database, cast: Cast) -> Hosts:
    return await make_training(database, cast, FOCAL_POINT, SIDES, course="legal-foundations")


@pytest.fixture
async def sitting(database: Database, cast: Cast, hosts: Hosts) -> AsyncIterator[UUID]:
    """A session that has just begun, with people of three hosts; who facilitates has a seat too."""
    made = await make_session(
        database, cast, hosts, starts_at=START, by=FOCAL_POINT,
        seats={LEARNER: AFRICA, COLLEAGUE: AFRICA, VOLUNTEER: AFRICA, ENGINEER: PARTNER, TRAINER: PARTNER},
        facilitators={VOLUNTEER: AFRICA, SENIOR: AFRICA, TRAINER: PARTNER},
    )  # fmt: skip
    with travel(START + timedelta(minutes=5), tick=True):
        yield made


async def code_of(client: AsyncClient, cast: Cast, sitting: UUID, by: str = SENIOR) -> str:
    answer = await client.get(f"{API}/sessions/{sitting}/code", headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


async def check_in(client: AsyncClient, cast: Cast, sitting: UUID, by: str, code: str) -> Any:
    address = f"{API}/sessions/{sitting}/check-in"
    return await client.post(address, json={"code": code}, headers=cast.token(by))


async def mark(
    client: AsyncClient, cast: Cast, sitting: UUID, by: str, person: str, minutes: int = 120, **more: Any
) -> dict[str, Any]:
    sent = {"client_id": str(uuid4()), "person": str(cast.ids[person]), "minutes": minutes} | more
    sent = {key: value for key, value in sent.items() if value is not None}
    address = f"{API}/sessions/{sitting}/attendance/marks"
    answer = await client.post(address, json={"marks": [sent]}, headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["results"][0]
    return found


async def seen(client: AsyncClient, cast: Cast, sitting: UUID, by: str) -> dict[str, Any]:
    answer = await client.get(f"{API}/sessions/{sitting}/attendance", headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return {each["host"]: each for each in answer.json()["hosts"]}


async def minutes_of(client: AsyncClient, cast: Cast, sitting: UUID, person: str) -> int | None:
    sheets = await seen(client, cast, sitting, SENIOR)
    lines = [line for sheet in sheets.values() for line in sheet["lines"]]
    return next(line["minutes"] for line in lines if line["person"]["id"] == str(cast.ids[person]))


async def sign(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, key: str, by: str, digest: str | None = None
) -> Any:
    sheets = await client.get(f"{API}/sessions/{sitting}/attendance", headers=cast.token(by))
    own = next(each for each in sheets.json()["hosts"] if each["host"] == str(hosts.of[key]))
    sent = {"host": own["host"], "digest": digest or own["digest"] or "0" * 64}
    address = f"{API}/sessions/{sitting}/attendance/signatures"
    return await client.post(address, json=sent, headers=cast.token(by))


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


# -- checking in -------------------------------------------------------------------------------------------


async def test_a_code_is_taken_once_and_again_without_harm(
    client: AsyncClient, cast: Cast, sitting: UUID
) -> None:
    code = await code_of(client, cast, sitting)
    for given in (code, code, "000000"):
        answer = await check_in(client, cast, sitting, LEARNER, given)
        assert (answer.status_code, answer.json()) == (200, {"minutes": 120})
    assert await minutes_of(client, cast, sitting, LEARNER) == 120


async def test_each_refusal_has_its_word(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    code = await code_of(client, cast, sitting)
    wrong = "000000" if code != "000000" else "111111"
    assert kind(await check_in(client, cast, sitting, LEARNER, wrong)) == (422, "wrong-code")
    assert kind(await check_in(client, cast, sitting, OTHER_LEARNER, code)) == (403, "no-seat")
    assert kind(await check_in(client, cast, sitting, VOLUNTEER, code)) == (403, "own-attendance")
    assert kind(await check_in(client, cast, uuid4(), LEARNER, code)) == (404, "session-not-found")
    other = await make_session(
        database, cast, hosts, starts_at=START, seats={LEARNER: AFRICA}, facilitators={}, by=FOCAL_POINT
    )
    said = (await check_in(client, cast, other, LEARNER, code)).json()
    assert said["detail"] == "This is the code of another session."
    assert said["errors"][0]["pointer"] == "/code"
    await change(database, "UPDATE bookings SET state = 'waitlisted' WHERE session_id = :id", sitting)
    assert kind(await check_in(client, cast, sitting, COLLEAGUE, code)) == (409, "on-waitlist")


async def change(database: Database, statement: str, session_id: UUID) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement), {"id": session_id})


async def test_too_early_and_too_late(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    for minutes, said in ((-16, "check-in-early"), (16, "check-in-late")):
        at = START + timedelta(minutes=minutes)
        with travel(at, tick=True):
            shown = (await client.get(f"{API}/sessions/{sitting}/code", headers=cast.token(SENIOR))).json()
            assert shown["code"] is None and shown["when"] == said.removeprefix("check-in-")
            assert kind(await check_in(client, cast, sitting, LEARNER, "123456")) == (409, said)


async def test_guesses_come_to_an_end(
    client: AsyncClient, cast: Cast, sitting: UUID, database: Database
) -> None:
    code = await code_of(client, cast, sitting)
    wrong = str((int(code) + 500_000) % 1_000_000).zfill(6)
    answers = [await check_in(client, cast, sitting, LEARNER, wrong) for _ in range(11)]
    assert [each.status_code for each in answers] == [422] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "900"
    code = await code_of(client, cast, sitting)
    assert (await check_in(client, cast, sitting, LEARNER, code)).status_code == 429, (
        "the right one waits too"
    )
    assert (await check_in(client, cast, sitting, COLLEAGUE, code)).status_code == 200, "others are not kept"


async def test_only_who_facilitates_sees_the_code(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    for by, status in ((TRAINER, 200), (LEARNER, 404), (OTHER_LEARNER, 403), (COORDINATOR, 403)):
        answer = await client.get(f"{API}/sessions/{sitting}/code", headers=cast.token(by))
        assert answer.status_code == status, by


# -- marks -------------------------------------------------------------------------------------------------


async def test_nobody_who_facilitates_marks_themselves(
    client: AsyncClient, cast: Cast, sitting: UUID
) -> None:
    for by in (VOLUNTEER, TRAINER):
        assert (await mark(client, cast, sitting, by, by))["why"] == "own-attendance"
    assert (await mark(client, cast, sitting, SENIOR, VOLUNTEER))["is_taken"], "a colleague does"
    assert (await mark(client, cast, sitting, SENIOR, TRAINER))["is_taken"], "of the other host, too"


async def test_a_list_says_otherwise_than_a_code(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    await check_in(client, cast, sitting, LEARNER, await code_of(client, cast, sitting))
    await mark(client, cast, sitting, SENIOR, LEARNER, minutes=45)
    assert await minutes_of(client, cast, sitting, LEARNER) == 45
    await mark(client, cast, sitting, SENIOR, LEARNER, minutes=1440)
    assert await minutes_of(client, cast, sitting, LEARNER) == 120, "never more than the session has"


async def test_the_latest_of_two_facilitators_holds_whichever_comes_first(
    client: AsyncClient, cast: Cast, sitting: UUID
) -> None:
    await mark(client, cast, sitting, SENIOR, LEARNER, minutes=30, ago_seconds=10)
    await mark(client, cast, sitting, VOLUNTEER, LEARNER, minutes=90, ago_seconds=60)
    assert await minutes_of(client, cast, sitting, LEARNER) == 30


async def test_sent_twice_a_mark_is_one(
    client: AsyncClient, cast: Cast, sitting: UUID, database: Database
) -> None:
    for minutes in (60, 20):
        answer = await mark(client, cast, sitting, SENIOR, LEARNER, minutes=minutes, client_id="the-same")
        assert answer == {"client_id": "the-same", "is_taken": True, "why": None, "detail": None}
    async with database.transaction() as session:
        statement = text("SELECT minutes FROM attendance_marks WHERE session_id = :id")
        assert list(await session.scalars(statement, {"id": sitting})) == [60]


async def test_coming_and_leaving_make_minutes(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    came, left = (START + timedelta(minutes=each) for each in (30, 75))
    given = {"came_at": came.isoformat(), "left_at": left.isoformat(), "minutes": None}
    assert (await mark(client, cast, sitting, SENIOR, LEARNER, **given))["is_taken"]
    assert await minutes_of(client, cast, sitting, LEARNER) == 45
    address = f"{API}/sessions/{sitting}/attendance/marks"
    bad = {"client_id": "x", "person": str(cast.ids[LEARNER]), "left_at": left.isoformat()}
    answer = await client.post(address, json={"marks": [bad]}, headers=cast.token(SENIOR))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/marks/0")


async def test_a_late_entry_says_why(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    with travel(START + timedelta(hours=4), tick=True):
        assert (await mark(client, cast, sitting, SENIOR, LEARNER))["why"] == "bad-mark"
        held = await mark(client, cast, sitting, SENIOR, LEARNER, ago_seconds=3 * 3600)
        assert held["is_taken"], "it lay on the device since the session"
        late = await mark(client, cast, sitting, FOCAL_POINT, COLLEAGUE, reason="She signed the paper list.")
        assert late["is_taken"], "the host's coordinator may"
    assert sum(sheet["present"] for sheet in (await seen(client, cast, sitting, SENIOR)).values()) == 2


async def test_a_mark_before_the_session_is_none(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    assert (await mark(client, cast, sitting, SENIOR, LEARNER, ago_seconds=3600))[
        "why"
    ] == "session-not-begun"


# -- who sees whom -----------------------------------------------------------------------------------------


async def test_each_side_sees_its_own_names(client: AsyncClient, cast: Cast, sitting: UUID) -> None:
    of_entity, of_partner = (
        {"Amina Otieno", "Wanjiru Kamau", "Tomás Ferreira"},
        {"Nadia Engineer", "Kofi Trainer"},
    )
    for by, names in (
        (SENIOR, of_entity | of_partner), (FOCAL_POINT, of_entity), (TRAINER, of_partner),
        (COORDINATOR, of_partner), (RELIEF_HOST, set()),
    ):  # fmt: skip
        sheets = await seen(client, cast, sitting, by)
        found = {line["person"]["name"] for sheet in sheets.values() for line in sheet["lines"]}
        assert found == names, by
        assert sorted(sheet["people"] for sheet in sheets.values()) == [2, 3], "the counts are for all"
    for by in (LEARNER, ENGINEER, ASSESSOR):
        answer = await client.get(f"{API}/sessions/{sitting}/attendance", headers=cast.token(by))
        assert answer.status_code == 404, by


async def test_a_partner_marks_and_signs_for_its_own_alone(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts
) -> None:
    assert (await mark(client, cast, sitting, TRAINER, LEARNER))["why"] == "not-your-participant"
    assert (await mark(client, cast, sitting, TRAINER, ENGINEER))["is_taken"]
    with travel(START + timedelta(hours=3), tick=True):
        assert kind(await sign(client, cast, sitting, hosts, AFRICA, COORDINATOR)) == (403, "not-your-host")
        assert (await sign(client, cast, sitting, hosts, PARTNER, COORDINATOR)).status_code == 201


# -- signing -----------------------------------------------------------------------------------------------


async def completions(client: AsyncClient, cast: Cast, by: str) -> list[dict[str, Any]]:
    address = f"{API}/completions?source=joint_training"
    found: list[dict[str, Any]] = (await client.get(address, headers=cast.token(by))).json()["items"]
    return [each for each in found if each["person"]["id"] == str(cast.ids[by])]


async def test_signing_records_what_was_attended_on_both_sides(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    before = {by: len(await completions(client, cast, by)) for by in (LEARNER, COLLEAGUE, ENGINEER)}
    await mark(client, cast, sitting, SENIOR, LEARNER, minutes=100)
    await mark(client, cast, sitting, SENIOR, COLLEAGUE, minutes=90)  # three quarters: too little
    await mark(client, cast, sitting, SENIOR, ENGINEER)
    assert kind(await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)) == (409, "session-not-over")
    with travel(START + timedelta(hours=3), tick=True):
        assert kind(await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT, "0" * 64)) == (
            409, "attendance-changed",
        )  # fmt: skip
        for key, by in ((AFRICA, FOCAL_POINT), (AFRICA, FOCAL_POINT), (PARTNER, COORDINATOR)):
            assert (await sign(client, cast, sitting, hosts, key, by)).status_code == 201
        more = {by: len(await completions(client, cast, by)) - before[by] for by in before}
        assert more == {LEARNER: 1, COLLEAGUE: 0, ENGINEER: 1}
        made = (await completions(client, cast, LEARNER))[0]
        assert (made["course"], made["minutes"], made["source"]) == (
            "legal-foundations",
            100,
            "joint_training",
        )
        attended = (await client.get(f"{API}/attendance", headers=cast.token(ENGINEER))).json()["items"][0]
        assert (attended["minutes"], attended["training"]) == (120, str(hosts.training))
    async with database.transaction() as session:
        skills = text("SELECT count(*) FROM skill_records WHERE completion_id = :id")
        assert await session.scalar(skills, {"id": UUID(made["id"])}) == 0, "being there shows no level"
        empty = text("SELECT person_id FROM bookings WHERE session_id = :id AND no_show_at IS NOT NULL")
        assert set(await session.scalars(empty, {"id": sitting})) == {cast.ids[VOLUNTEER], cast.ids[TRAINER]}
        numbers = text("SELECT count(*) FROM attendance_signatures WHERE session_id = :id")
        assert await session.scalar(numbers, {"id": sitting}) == 2, "signed twice is signed once"


async def test_what_comes_after_signing_is_kept_and_refused(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    with travel(START + timedelta(hours=3), tick=True):
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201
        for _ in range(2):
            answer = await mark(
                client, cast, sitting, SENIOR, LEARNER, client_id="from-the-phone", ago_seconds=2 * 3600
            )
            assert (answer["is_taken"], answer["why"]) == (False, "attendance-signed") and answer["detail"]
        assert (await mark(client, cast, sitting, SENIOR, ENGINEER, ago_seconds=7200))["is_taken"]
    async with database.transaction() as session:
        kept = text("SELECT why FROM refused_marks WHERE session_id = :id")
        assert list(await session.scalars(kept, {"id": sitting})) == ["attendance-signed"]


async def test_a_correction_is_signed_anew_and_takes_back_what_followed(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts
) -> None:
    await mark(client, cast, sitting, SENIOR, LEARNER)
    address = f"{API}/sessions/{sitting}/attendance/corrections"
    sent = {"person": str(cast.ids[LEARNER]), "minutes": 10, "reason": "She had to leave."}
    with travel(START + timedelta(hours=3), tick=True):
        early = await client.post(address, json=sent, headers=cast.token(FOCAL_POINT))
        assert kind(early) == (409, "attendance-not-signed")
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201
        made = (await completions(client, cast, LEARNER))[0]
        for by, status in ((COORDINATOR, 403), (LEARNER, 403), (FOCAL_POINT, 200)):
            answer = await client.post(address, json=sent, headers=cast.token(by))
            assert answer.status_code == status, (by, answer.text)
        sheet = (await seen(client, cast, sitting, FOCAL_POINT))[str(hosts.of[AFRICA])]
        assert sheet["to_sign_again"] and sheet["closed"] == "signed"
        assert (await completions(client, cast, LEARNER))[0]["revoked_at"] is None, "what was signed stands"
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201
        after = (await completions(client, cast, LEARNER))[0]
        assert (after["id"], after["revocation_reason"]) == (made["id"], "She had to leave.")
        sent |= {"minutes": 110, "reason": "She had not, after all."}
        assert (await client.post(address, json=sent, headers=cast.token(FOCAL_POINT))).status_code == 200
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201
        again = (await completions(client, cast, LEARNER))[0]
        assert (again["id"] != made["id"], again["minutes"], again["revoked_at"]) == (True, 110, None)


async def test_who_facilitates_does_not_sign_for_their_own_time(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    await grant(database, cast, VOLUNTEER, "focal_point", AFRICA)
    await mark(client, cast, sitting, SENIOR, VOLUNTEER)
    with travel(START + timedelta(hours=3), tick=True):
        assert kind(await sign(client, cast, sitting, hosts, AFRICA, VOLUNTEER)) == (403, "own-attendance")
        assert (await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)).status_code == 201


async def test_a_session_that_moved_or_was_called_off(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    await mark(client, cast, sitting, SENIOR, LEARNER)
    later = "starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day'"
    await change(database, f"UPDATE training_sessions SET {later}, sequence = 1 WHERE id = :id", sitting)
    assert await minutes_of(client, cast, sitting, LEARNER) is None, "that was another day"
    await change(database, "UPDATE training_sessions SET cancelled_at = now() WHERE id = :id", sitting)
    assert (await mark(client, cast, sitting, SENIOR, LEARNER))["why"] == "session-off"
    with travel(START + timedelta(days=2), tick=True):
        assert kind(await sign(client, cast, sitting, hosts, AFRICA, FOCAL_POINT)) == (409, "session-off")


async def test_somebody_who_left_keeps_what_they_attended(
    client: AsyncClient, cast: Cast, sitting: UUID, hosts: Hosts, database: Database
) -> None:
    await mark(client, cast, sitting, TRAINER, ENGINEER)
    async with database.transaction() as session:
        ended = text("UPDATE affiliations SET until_on = from_on WHERE person_id = :id")
        await session.execute(ended, {"id": cast.ids[ENGINEER]})
    before = len(await completions(client, cast, ENGINEER))
    with travel(START + timedelta(hours=3), tick=True):
        assert (await sign(client, cast, sitting, hosts, PARTNER, COORDINATOR)).status_code == 201
        assert len(await completions(client, cast, ENGINEER)) == before + 1


async def test_facts_are_not_changed(
    sitting: UUID, client: AsyncClient, cast: Cast, database: Database
) -> None:
    await mark(client, cast, sitting, SENIOR, LEARNER)
    with pytest.raises(Exception, match=r"append-only|never changed|refuse"):
        await change(database, "UPDATE attendance_marks SET minutes = 1 WHERE session_id = :id", sitting)
