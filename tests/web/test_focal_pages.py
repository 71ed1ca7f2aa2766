"""Pages of focal points: found, written, recorded, met, carried on; and nothing typed is lost."""

import re
from typing import Any

from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel.database import Database
from tests.cast import (
    COORDINATOR,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_HR,
    OTHER_LEARNER,
    SENIOR,
    Cast,
)
from tests.focal_points.samples import (
    a_session,
    announce,
    end_role,
    let_pass,
    make_focal_point,
    write_profile,
)
from tests.partners.samples import appoint, make
from tests.web.readers import Reader, words

OWN, SESSIONS = "/focal-points/me", "/focal-points/sessions"


def form(**values: Any) -> dict[str, str]:
    """What announces a session, as a form sends it."""
    return {name: str(value) for name, value in a_session(**values).items() if value is not None}


async def test_a_focal_point_writes_their_profile_and_others_find_it(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get(OWN)
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    sent = {
        "revision": revision[1], "share_percent": "forty", "background": "banking, law", "sponsor": SENIOR,
        "head_supports": "yes", "languages": ["fr", "en"], "other_languages": "sw", "topics": ["legal"],
        "wants_sessions": "yes",
    }  # fmt: skip
    page = await reader.send(OWN, 422, **sent)
    assert "Write a whole number from 0 to 100." in page
    assert 'value="banking, law"' in page
    assert re.search(r'value="legal" checked', page)
    page = await reader.send(OWN, 422, **sent | {"share_percent": "40", "sponsor": "x@y.example"})
    assert "Nobody else with this e-mail works for an entity today." in words(page)
    page = await reader.send(OWN, **sent | {"share_percent": "40"})
    assert "Your profile is kept." in page
    assert 'value="40"' in page
    assert "another window" in await reader.send(OWN, 422, **sent | {"share_percent": "50"})
    learner = await Reader(app).sign_in(cast, LEARNER)
    found = words(await learner.get("/focal-points?q=law&language=fr&topic=legal-instruments"))
    assert "Émile Nkurunziza" in found
    assert "No focal point was found" in await learner.get("/focal-points?focus=humanitarian")
    one = words(await learner.get(f"/focal-points/{cast.ids[FOCAL_POINT]}"))
    assert "Swahili" in one
    assert "Rajesh Venkataraman" in one
    assert "40" not in one
    await learner.get(OWN, 404)


async def test_an_exchange_is_recorded_by_the_company_s_name_and_taken_back(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    await make(client, cast, "kapok-mills", name="Kapok Mills")
    await make(client, cast, "kapok-trade", name="Kapok Trade")
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get(OWN)
    sent = {"kind": "visit", "partner": "kapok", "from_on": "2026-05-04", "until_on": "2026-05-05"}
    page = await reader.send(f"{OWN}/exchanges", 422, **sent, learned="")
    assert "Say what was learned" in page
    page = await reader.send(f"{OWN}/exchanges", 422, **sent, learned="Looms run at night.")
    assert "or more than one, has these words" in page
    assert "Looms run at night." in page
    page = await reader.send(
        f"{OWN}/exchanges",
        **sent | {"partner": "kapok mills"},
        learned="Looms run at night.",
        is_two_sided="yes",
    )
    assert "The exchange is recorded." in page
    assert "Kapok Mills" in words(page)
    gone = re.search(r'action="(/focal-points/me/exchanges/[0-9a-f-]+/withdraw)"', page)
    assert gone
    assert "Looms run at night." not in await reader.send(gone[1])


async def test_a_session_is_announced_joined_noted_and_carries_on(
    app: FastAPI, database: Database, cast: Cast
) -> None:
    await make_focal_point(database, cast, HR, "uneo-kenya")
    host = await Reader(app).sign_in(cast, FOCAL_POINT)
    await host.get(f"{SESSIONS}/new")
    skipped = form(local_date="2027-03-28", local_time="02:30", time_zone="Europe/Paris")
    page = await host.send(f"{SESSIONS}/new", 422, **skipped)
    assert "go forward past this time" in words(page)
    assert 'value="02:30"' in page
    page = await host.send(f"{SESSIONS}/new", 422, **form(link=None, title=""))
    assert "Give the title." in page
    page = await host.send(f"{SESSIONS}/new", **form(link=None, place="Room 7"))
    path = host.path
    assert "The session is announced." in page
    assert "In Nairobi:" in words(page)
    guest = await Reader(app).sign_in(cast, HR)
    assert "Clauses on data" in await guest.get(SESSIONS)
    await guest.get(path)
    assert "You have joined." in words(await guest.send(f"{path}/join"))
    assert "You have joined already." in words(await guest.send(f"{path}/join"))
    await let_pass(database, path.rpartition("/")[2])
    assert "This session is over or was called off." in words(await guest.send(f"{path}/leave"))
    page = await host.get(path)
    assert "Write what came out of it." in await host.send(f"{path}/notes", 422, notes="")
    came = [str(cast.ids[HR]), str(cast.ids[FOCAL_POINT])]
    assert "Three clauses." in await host.send(f"{path}/notes", notes="Three clauses.", came=came)
    assert "Say what the group is for." in await host.send(f"{path}/carry-on", 422, title="Data group")
    page = words(await host.send(f"{path}/carry-on", title="Data group", purpose="One clause"))
    group = host.path
    assert group.startswith("/focal-points/groups/")
    assert "2 members" in page
    await host.get(f"{SESSIONS}/new?group={group.rpartition('/')[2]}")
    page = await host.send(f"{SESSIONS}/new", **form(title="Second meeting", group=group.rpartition("/")[2]))
    meeting = host.path
    assert "Data group" in page
    assert "Second meeting" in await guest.get(group)
    await guest.send(f"{meeting}/join")
    assert "You have left the working group." in words(await guest.send(f"{group}/leave"))
    await guest.send(f"{group}/join")
    assert "Say what came of it." in await guest.send(f"{group}/close", 422, outcome="")
    assert "A model clause." in await guest.send(f"{group}/close", outcome="A model clause.")
    assert "This session was called off." in await host.get(meeting)
    learner = await Reader(app).sign_in(cast, LEARNER)
    await learner.get(path, 404)
    await learner.get(group, 404)
    await learner.get(f"{SESSIONS}/new", 403)
    await end_role(database, cast, HR)
    assert "Three clauses." in await guest.get(path)


async def test_a_former_focal_point_sees_a_session_whose_group_they_did_not_join(
    app: FastAPI, client: AsyncClient, database: Database, cast: Cast
) -> None:
    await make_focal_point(database, cast, HR, "uneo-kenya")
    made = await announce(client, cast, FOCAL_POINT)
    path = f"/api/v1/topic-sessions/{made}"
    await client.post(f"{path}/join", headers=cast.token(HR))
    await let_pass(database, made)
    point = cast.token(FOCAL_POINT)
    await client.put(f"{path}/notes", json={"notes": "N", "came": []}, headers=point)
    await client.post(f"{path}/carry-on", json={"title": "Without her", "purpose": "P"}, headers=point)
    await end_role(database, cast, HR)
    reader = await Reader(app).sign_in(cast, HR)
    page = await reader.get(f"{SESSIONS}/{made}")
    assert "did not come" in page
    assert "/focal-points/groups/" not in page


async def test_a_partner_s_coordinator_finds_who_agreed_and_no_way_further(
    app: FastAPI, client: AsyncClient, database: Database, cast: Cast
) -> None:
    from sqlalchemy import text

    await make(client, cast, "seeker")
    await appoint(client, cast, "seeker", OTHER_LEARNER)
    async with database.transaction() as session:
        statement = "UPDATE affiliations SET until_on = current_date - 1 WHERE person_id = :person"
        await session.execute(text(statement), {"person": cast.ids[OTHER_LEARNER]})
    await make_focal_point(database, cast, OTHER_HR, "unro")
    await write_profile(client, cast, FOCAL_POINT, shown_to_partners=True, sponsor=SENIOR)
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    page = await reader.get("/focal-points")
    assert "Nkurunziza" in page
    assert "Mendoza" not in page
    assert "Rajesh" not in await reader.get(f"/focal-points/{cast.ids[FOCAL_POINT]}")
    await reader.get(f"/focal-points/{cast.ids[OTHER_HR]}", 404)
    for path in ("/focal-points/report", f"{SESSIONS}/new"):
        await reader.get(path, 403)
    assert "No session is announced" in await reader.get(SESSIONS)
    await end_role(database, cast, OTHER_HR)


async def test_the_report_on_the_page(app: FastAPI, cast: Cast) -> None:
    senior = await Reader(app).sign_in(cast, SENIOR)
    page = words(await senior.get("/focal-points/report"))
    assert "1 of 3" in page
    assert "Offices without a focal point" in page
    assert "UNEO Kenya (demo)" in page
    coordinator = await Reader(app).sign_in(cast, COORDINATOR)
    assert "not shown" in await coordinator.get("/focal-points/report")
    learner = await Reader(app).sign_in(cast, LEARNER)
    await learner.get("/focal-points/report", 403)
