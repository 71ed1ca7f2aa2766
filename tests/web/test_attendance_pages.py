"""Pages of attendance: each role's own, without script, from the code on the wall to the record."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from time_machine import travel

from lms.kernel.database import Database
from tests.cast import COLLEAGUE, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, SUPERVISOR, Cast
from tests.joint_trainings.attendance_samples import Hosts, make_session, make_training
from tests.joint_trainings.samples import AFRICA, RELIEF
from tests.joint_trainings.test_attendance_api import START
from tests.web.readers import Reader, words


@pytest.fixture
async def hosts(database: Database, cast: Cast) -> Hosts:
    sides = {AFRICA: "entity", RELIEF: "entity"}
    return await make_training(database, cast, FOCAL_POINT, sides, course="legal-foundations")


@pytest.fixture
async def sitting(database: Database, cast: Cast, hosts: Hosts) -> UUID:
    return await make_session(
        database, cast, hosts, starts_at=START, by=FOCAL_POINT,
        seats={LEARNER: AFRICA, COLLEAGUE: AFRICA, SUPERVISOR: AFRICA},
        facilitators={SUPERVISOR: AFRICA, SENIOR: AFRICA},
    )  # fmt: skip


async def test_from_the_code_to_the_record(app: FastAPI, cast: Cast, sitting: UUID) -> None:
    with travel(START + timedelta(minutes=5), tick=True):
        leads = await Reader(app).sign_in(cast, SENIOR)
        assert "The first morning" in words(await leads.get("/facilitating"))
        wall = await leads.get(f"/sessions/{sitting}/code")
        code = re.search(r"(\d{3}) (\d{3})</bdi>", wall)
        assert code and "<svg" in wall and "0 of 3 are marked" in words(wall)
        answer = await leads.client.get(f"/sessions/{sitting}/code")
        assert 1 <= int(answer.headers["refresh"]) <= 30
        reader = await Reader(app).sign_in(cast, LEARNER)
        await reader.get(f"/check-in/{sitting}")
        wrong = "000000" if "".join(code.groups()) != "000000" else "111111"
        assert "Read it again from the wall" in await reader.send(f"/check-in/{sitting}", 422, code=wrong)
        page = words(await reader.send(f"/check-in/{sitting}", code=" ".join(code.groups())))
        assert "You are checked in: 2 h" in page
        other = await Reader(app).sign_in(cast, OTHER_LEARNER)
        page = await other.get(f"/check-in/{sitting}")
        assert "You have no seat in this session." in page and "The first morning" not in page
    with travel(START + timedelta(hours=3), tick=True):
        host = await Reader(app).sign_in(cast, FOCAL_POINT)
        page = await host.get(f"/sessions/{sitting}/sign-off")
        assert "Amina Otieno 2 h checked in with the code" in words(page)
        fields = dict(re.findall(r'name="(host|digest)" value="([^"]+)"', page))
        page = words(await host.send(f"/sessions/{sitting}/sign-off", **fields))
        assert "It is signed." in page and "Correct it" in page
        reader = await Reader(app).sign_in(cast, LEARNER)
        record = words(await reader.get("/record"))
        assert "Joint trainings I attended Reading a memorandum together" in record
        assert "Joint training attended" in record, "the completion says where it came from"


async def test_the_list_works_as_plain_forms(app: FastAPI, cast: Cast, sitting: UUID) -> None:
    address = f"/sessions/{sitting}/attendance"
    with travel(START + timedelta(minutes=5), tick=True):
        reader = await Reader(app).sign_in(cast, SUPERVISOR)
        page = await reader.get(address)
        assert "Somebody else marks you." in page
        person = {"person": str(cast.ids[LEARNER])}
        assert "There, 2 h" in words(await reader.send(address, **person, client_id="a", do="present"))
        page = words(await reader.send(address, **person, client_id="b", do="part", minutes="45"))
        assert "There, 45 min" in page and "1 of 3 are there." in page
        again = words(await reader.send(address, **person, client_id="b", do="absent"))
        assert "There, 45 min" in again, "the same form, sent twice"
        assert "Write the minutes" in await reader.send(address, 422, **person, do="part", minutes="half")
        own = {"person": str(cast.ids[SUPERVISOR]), "client_id": "c", "do": "present"}
        assert "nobody marks their own attendance" in await reader.send(address, **own)


async def test_a_correction_on_the_page(app: FastAPI, cast: Cast, sitting: UUID) -> None:
    address = f"/sessions/{sitting}/sign-off"
    with travel(START + timedelta(hours=3), tick=True):
        reader = await Reader(app).sign_in(cast, FOCAL_POINT)
        page = await reader.get(address)
        fields = dict(re.findall(r'name="(host|digest)" value="([^"]+)"', page))
        assert "The list has changed" in await reader.send(address, 422, host=fields["host"], digest="0")
        await reader.send(address, **fields)
        sent = {"do": "correct", "person": str(cast.ids[LEARNER]), "minutes": "120"}
        page = await reader.send(address, 422, **sent, reason="")
        assert "Say why" in page and 'value="120"' in page, "nothing typed is lost"
        assert "whole number" in await reader.send(address, 422, **sent | {"minutes": "all"}, reason="x")
        page = words(await reader.send(address, **sent, reason="She was there."))
        assert "Corrected since: sign it again" in page and "corrected" in page


async def test_early_and_late_are_said(app: FastAPI, cast: Cast, sitting: UUID) -> None:
    for minutes, wall, says in (
        (-60, "Checking in opens at", "Checking in has not begun yet."),
        (40, "Checking in closed at", "Checking in is over."),
    ):
        with travel(START + timedelta(minutes=minutes), tick=True):
            leads = await Reader(app).sign_in(cast, SENIOR)
            assert wall in words(await leads.get(f"/sessions/{sitting}/code"))
            reader = await Reader(app).sign_in(cast, LEARNER)
            assert says in words(await reader.get(f"/check-in/{sitting}"))
