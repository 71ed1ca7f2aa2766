"""Prior learning over the API: submitted, seen by whom it concerns, decided once, and what becomes of it."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.catalogue.queries import get_course, get_edition
from lms.jobs.letters import learning_decided, learning_submitted
from lms.kernel import clock
from lms.kernel.database import Database
from lms.partners.models import Partner
from lms.people.models import Affiliation, RoleGrant
from lms.settings import Settings
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_LEARNER,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)

COURSE = "legal-foundations"
PATH = "/api/v1/prior-learning"
OTHER_ASSESSOR = "assessor.relief@demo.example"
PDF = ("certificate.pdf", b"%PDF-1.7 a certificate", "application/pdf")


async def ask(
    client: AsyncClient, cast: Cast, who: str, status: int = 201, files: Any = None, **fields: Any
) -> dict[str, Any]:
    data = {"course": COURSE, "words": "I taught this at the staff college."} | fields
    answer = await client.post(PATH, data=data, files=files, headers=cast.token(who))
    assert answer.status_code == status, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def act(
    client: AsyncClient, cast: Cast, who: str, made: dict[str, Any], what: str, status: int = 200, **sent: Any
) -> dict[str, Any]:
    answer = await client.post(f"{PATH}/{made['id']}/{what}", json=sent or None, headers=cast.token(who))
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def taught(database: Database, course: str = COURSE) -> list[str]:
    async with database.reading() as session:
        edition = await get_edition(session, (await get_course(session, course)).version_id)
    return [each.competency for each in edition.course.teaches]


def levels(competencies: list[str], level: int = 3) -> list[dict[str, Any]]:
    return [{"competency": each, "level": level} for each in competencies]


async def test_what_is_confirmed_is_a_completion_with_skill_records(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    made = await ask(
        client, cast, LEARNER, files={"files": PDF}, links=["https://example.org/a", "https://example.org/b"]
    )
    assert (made["state"], len(made["links"]), made["files"][0]["name"]) == (
        "submitted",
        2,
        "certificate.pdf",
    )
    queue = (await client.get(PATH, headers=cast.token(ASSESSOR))).json()["items"]
    assert made["id"] in {each["id"] for each in queue}
    known = await taught(database)
    given = [{"competency": known[0], "level": 3, "words": "Wrote the checklist."}, *levels(known[1:], 0)]
    done = await act(
        client, cast, ASSESSOR, made, "confirm", levels=given, words="The certificate is genuine."
    )
    assert (done["state"], done["decision"]["assessor"]["id"]) == ("confirmed", str(cast.ids[ASSESSOR]))
    assert {each["competency"]: each["level"] for each in done["decision"]["levels"]}[known[0]] == 3
    own = (await client.get("/api/v1/me/prior-learning", headers=cast.token(LEARNER))).json()["items"]
    assert own[0]["decision"]["words"] == "The certificate is genuine."
    completion = await client.get(
        f"/api/v1/completions/{done['decision']['completion_id']}", headers=cast.token(LEARNER)
    )
    shown = completion.json()
    assert (shown["source"], shown["minutes"], shown["request_id"]) == ("prior_learning", 0, made["id"])
    assert shown["evidence"]["words"] == "The certificate is genuine."
    records = (await client.get("/api/v1/skill-records", headers=cast.token(LEARNER))).json()["items"]
    [record] = [each for each in records if each["source"] == "prior_learning"]
    assert (record["competency"], record["level"]) == (known[0], 3)
    assert record["assessor_id"] == str(cast.ids[ASSESSOR])
    totals = await counted(database, cast, LEARNER)
    assert totals[f"course:{COURSE}"] == 0, "a course, and no hours"
    assert totals[f"level:prior_learning:{known[0]}"] == 3
    revoked = await client.post(
        f"/api/v1/completions/{shown['id']}/revoke", json={"reason": "Forged."}, headers=cast.token(HR)
    )
    assert revoked.status_code == 200, revoked.text
    assert f"level:prior_learning:{known[0]}" not in await counted(database, cast, LEARNER)


async def counted(database: Database, cast: Cast, who: str) -> dict[str, int]:
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT line, amount FROM recognition_totals WHERE person_id = :who"), {"who": cast.ids[who]}
        )
        return {row.line: row.amount for row in rows}


async def test_two_assessors_at_once_decide_once(client: AsyncClient, cast: Cast, database: Database) -> None:
    await client.post(
        f"/api/v1/people/{cast.ids[SUPERVISOR]}/grants",
        json={"role": "assessor", "entity": "uneo"},
        headers=cast.token(ADMIN),
    )
    made, known = await ask(client, cast, COLLEAGUE), await taught(database)
    sent = {"levels": levels(known, 1), "words": "Shown."}
    answers = await asyncio.gather(
        *(
            client.post(f"{PATH}/{made['id']}/confirm", json=sent, headers=cast.token(who))
            for who in (ASSESSOR, SUPERVISOR)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.json()["type"] == "/problems/request-closed"
    found = await client.get("/api/v1/completions?source=prior_learning", headers=cast.token(COLLEAGUE))
    assert len(found.json()["items"]) == 1
    await act(client, cast, ASSESSOR, made, "refuse", 409, words="Too late.")
    await act(client, cast, COLLEAGUE, made, "withdraw", 409)


async def test_one_request_waits_at_a_time(client: AsyncClient, cast: Cast) -> None:
    answers = await asyncio.gather(
        *(
            client.post(PATH, data={"course": COURSE, "words": "Twice."}, headers=cast.token(VOLUNTEER))
            for _ in range(2)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    made = next(answer.json() for answer in answers if answer.status_code == 201)
    assert (await act(client, cast, VOLUNTEER, made, "withdraw"))["state"] == "withdrawn"
    again = await ask(client, cast, VOLUNTEER)
    said = await act(client, cast, ASSESSOR, again, "refuse", words="Nothing shows it.")
    assert (said["state"], said["decision"]["completion_id"]) == ("refused", None)


async def test_nobody_decides_their_own_or_another_entity_s(client: AsyncClient, cast: Cast) -> None:
    mine = await ask(client, cast, ASSESSOR)
    await act(client, cast, ASSESSOR, mine, "refuse", 404, words="Mine.")
    queue = (await client.get(PATH, headers=cast.token(ASSESSOR))).json()["items"]
    assert mine["id"] not in {each["id"] for each in queue}
    theirs = await ask(client, cast, OTHER_LEARNER)
    await act(client, cast, ASSESSOR, theirs, "refuse", 404, words="Theirs.")
    assert (await client.get(f"{PATH}/{theirs['id']}", headers=cast.token(HR))).status_code == 404
    await act(client, cast, LEARNER, theirs, "withdraw", 404)
    await act(client, cast, OTHER_ASSESSOR, theirs, "refuse", words="No.")


async def test_levels_are_whole_and_within_the_ceiling(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    made, known = await ask(client, cast, SUPERVISOR), await taught(database)
    for given, pointer in (
        (levels(known, 4), f"/levels/{known[0]}"),
        ([*levels(known, 1), {"competency": "juggling", "level": 1}], "/levels/juggling"),
        (levels(known, 0), "/levels"),
        (levels(known[1:], 1) or levels(["juggling"]), f"/levels/{known[0]}"),
        ([*levels(known, 1), *levels(known[:1], 2)], f"/levels/{known[0]}"),
    ):
        said = await act(client, cast, ASSESSOR, made, "confirm", 422, levels=given, words="Shown.")
        assert pointer in {each["pointer"] for each in said["errors"]}, said
    said = await act(client, cast, ASSESSOR, made, "confirm", 422, levels=levels(known), words=" ")
    assert [each["pointer"] for each in said["errors"]] == ["/words"]
    assert (await client.get(f"{PATH}/{made['id']}", headers=cast.token(SUPERVISOR))).json()[
        "state"
    ] == "submitted"


async def test_files_are_checked_kept_and_given_back_to_few(
    client: AsyncClient, cast: Cast, settings: Settings, app: FastAPI
) -> None:
    who = "officer.three@demo.example"
    before = set(_stored(settings))
    wrong = await ask(client, cast, who, 422, files={"files": ("run.exe", b"MZ", "application/pdf")})
    assert (wrong["type"], wrong["errors"][0]["pointer"]) == ("/problems/bad-file", "/files/0")
    posing = [("files", PDF), ("files", ("scan.pdf", b"not a pdf", "application/pdf"))]
    posed = await ask(client, cast, who, 422, files=posing)
    assert posed["errors"][0]["pointer"] == "/files/1"
    large = ("large.pdf", b"%PDF-" + b"x" * (app.state.settings.upload_limit_mb * 2**20), "application/pdf")
    assert (await ask(client, cast, who, 413, files={"files": large}))["type"] == "/problems/too-large"
    many = await ask(client, cast, who, 422, files=[("files", PDF)] * 6)
    assert many["errors"][0]["pointer"] == "/files"
    nothing = await ask(client, cast, who, 422, words=" ")
    assert nothing["errors"][0]["pointer"] == "/words"
    bad_link = await ask(client, cast, who, 422, files={"files": PDF}, links=["javascript:alert(1)"])
    assert bad_link["errors"][0]["pointer"] == "/links/0"
    assert set(_stored(settings)) == before, "what was refused is not kept"
    made = await ask(client, cast, who, files={"files": PDF})
    path = f"{PATH}/{made['id']}/files/{made['files'][0]['id']}"
    for reader in (who, ASSESSOR):
        got = await client.get(path, headers=cast.token(reader))
        assert (got.status_code, got.content) == (200, PDF[1])
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"].startswith("attachment")
    for reader in (HR, LEARNER, OTHER_ASSESSOR):
        assert (await client.get(path, headers=cast.token(reader))).status_code == 404


def _stored(settings: Settings) -> list[Path]:
    return list(settings.storage_dir.iterdir()) if settings.storage_dir.is_dir() else []


async def test_assessors_and_the_person_are_told_without_names_or_words(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    made = await ask(client, cast, LEARNER, course="partnership-essentials")
    async with database.transaction() as session:
        partner = Partner(key="a-partner", name="A Partner", sort_key="a partner")
        session.add(partner)
        await session.flush()
        session.add(RoleGrant(person_id=cast.ids[VOLUNTEER], role="assessor", partner_id=partner.id))
    async with database.reading() as session:
        mails = await learning_submitted(session, [made["id"]], "https://learn.example")
    assert ASSESSOR in {mail.to for mail in mails}
    assert VOLUNTEER not in {mail.to for mail in mails}, "a partner's assessors assess the partner's people"
    assert LEARNER not in {mail.to for mail in mails}
    assert all("Amina" not in mail.body and "staff college" not in mail.body for mail in mails)
    await act(client, cast, ASSESSOR, made, "refuse", words="Nothing shows it.")
    async with database.reading() as session:
        assert await learning_submitted(session, [made["id"]], "https://learn.example") == []
        [mail] = await learning_decided(session, [made["id"]], "https://learn.example")
    assert mail.to == LEARNER
    assert "Nothing shows" not in mail.body


async def test_what_was_decided_before_somebody_moved_on_is_not_their_new_assessors_to_see(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    who = FOCAL_POINT
    refused = await ask(client, cast, who, course="partnership-essentials", files={"files": PDF})
    await act(client, cast, ASSESSOR, refused, "refuse", words="Nothing shows it.")
    values = {"who": cast.ids[who], "request": refused["id"]}
    async with database.transaction() as session:
        for statement in (
            "UPDATE learning_requests SET closed_at = closed_at - interval '9 days' WHERE id = :request",
            "UPDATE affiliations SET until_on = current_date - 1 WHERE person_id = :who",
        ):
            await session.execute(text(statement), values)
        entity = await session.scalar(text("SELECT id FROM entities WHERE key = 'unro'"))
        session.add(
            Affiliation(person_id=cast.ids[who], entity_id=entity, kind="staff", from_on=clock.today())
        )
    waiting = await ask(client, cast, who, course="evaluating-partnerships")
    path = f"{PATH}/{refused['id']}"
    for reader, status in ((ASSESSOR, 200), (OTHER_ASSESSOR, 404), (who, 200)):
        for address in (path, f"{path}/files/{refused['files'][0]['id']}"):
            assert (await client.get(address, headers=cast.token(reader))).status_code == status, reader
    listed = await client.get(f"{PATH}?state=refused", headers=cast.token(OTHER_ASSESSOR))
    assert refused["id"] not in {each["id"] for each in listed.json()["items"]}
    await act(client, cast, ASSESSOR, waiting, "refuse", 404, words="Gone.")
    await act(client, cast, OTHER_ASSESSOR, waiting, "refuse", words="No.")


async def test_a_decision_is_never_changed(database: Database) -> None:
    for statement in (
        "UPDATE learning_request_decisions SET outcome = 'confirmed'",
        "DELETE FROM learning_request_levels",
    ):
        with pytest.raises((DBAPIError, asyncpg.PostgresError)):
            async with database.transaction() as session:
                await session.execute(text(statement))
