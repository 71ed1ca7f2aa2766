"""Pages of waivers, equivalences and prior learning: for the learner, the assessor and human resources."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.catalogue.queries import get_course, get_edition
from lms.completions import equivalences
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import (
    ASSESSOR,
    COORDINATOR,
    HR,
    LEARNER,
    OTHER_LEARNER,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)
from tests.web.readers import Reader

COURSE = "legal-foundations"
PDF = ("certificate.pdf", b"%PDF-1.7 a certificate", "application/pdf")


def soon(days: int = 90) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


async def test_a_learner_shows_what_they_know_and_an_assessor_confirms_it(
    app: FastAPI, cast: Cast, database: Database
) -> None:
    learner = await Reader(app).sign_in(cast, LEARNER)
    assert f"/courses/{COURSE}/prior-learning" in await learner.get(f"/courses/{COURSE}")
    await learner.get(f"/courses/{COURSE}/prior-learning")
    page = await learner.send(
        f"/courses/{COURSE}/prior-learning",
        words="I <b>taught</b> it.",
        links="https://example.org/a\nhttps://example.org/b",
        files={"files": PDF},
    )
    assert learner.path.startswith("/prior-learning/")
    assert "I &lt;b&gt;taught&lt;/b&gt; it." in page
    assert "certificate.pdf" in page
    request = learner.path
    assert request in await learner.get("/learning")
    await learner.get(f"/courses/{COURSE}/prior-learning")
    assert learner.path == request, "one request waits at a time"

    assessor = await Reader(app).sign_in(cast, ASSESSOR)
    decide = f"/assess{request}"
    assert decide in await assessor.get("/assess/prior-learning")
    await assessor.get(decide)
    async with database.reading() as session:
        teaches = (await get_edition(session, (await get_course(session, COURSE)).version_id)).course.teaches
    fields = {f"level-{each.competency}": "0" for each in teaches}
    first = f"level-{teaches[0].competency}"
    page = await assessor.send(decide, 422, do="confirm", words="Shown.")
    assert f'href="#field-{first}"' in page
    assert "Confirm one competency at least" in await assessor.send(
        decide, 422, do="confirm", words="Shown.", **fields
    )
    page = await assessor.send(decide, 422, do="confirm", **{**fields, first: "3"})
    assert 'value="3" checked' in page, "what was chosen is not lost"
    note = {f"note-{teaches[0].competency}": "The checklist she wrote."}
    page = await assessor.send(decide, do="confirm", words="Shown.", **note, **{**fields, first: "3"})
    assert "The decision is saved" in page
    page = await assessor.send(decide, do="refuse", words="Too late.")
    assert "Somebody decided this request before you" in page

    page = await learner.get(request)
    assert "The checklist she wrote." in page
    record = await learner.get("/record")
    assert "Prior learning, confirmed" in record
    assert request in record
    person = await (await Reader(app).sign_in(cast, HR)).get(f"/people/{cast.ids[LEARNER]}")
    assert "Prior learning confirmed" in person


async def test_what_a_learner_gets_wrong_is_said_and_kept(app: FastAPI, cast: Cast) -> None:
    learner = await Reader(app).sign_in(cast, SENIOR)
    path = f"/courses/{COURSE}/prior-learning"
    await learner.get(path)
    assert 'href="#field-words"' in await learner.send(path, 422, words=" ", links="")
    page = await learner.send(path, 422, words="Mine & <hers>.", links="javascript:alert(1)")
    assert 'href="#field-links"' in page
    assert "Mine &amp; &lt;hers&gt;." in page
    assert "javascript:alert(1)</textarea>" in page
    page = await learner.send(path, 422, words="x", files={"files": ("run.exe", b"MZ", "text/plain")})
    assert "This file is not taken" in page
    page = await learner.send(path, 422, words="x", files=[("files", PDF)] * 6)
    assert "Choose 5 files at most." in page
    await learner.send(path, words="Now it is right.")
    await learner.send(f"{learner.path}/withdraw")
    assert "Withdrawn on" in learner.page
    request = learner.path
    again = await learner.send(f"{request}/withdraw")
    assert "decided in the meantime" in again


async def test_a_request_is_nobody_else_s(app: FastAPI, cast: Cast) -> None:
    learner = await Reader(app).sign_in(cast, OTHER_LEARNER)
    await learner.get(f"/courses/{COURSE}/prior-learning")
    await learner.send(f"/courses/{COURSE}/prior-learning", words="Hers alone.")
    for email, path in ((LEARNER, learner.path), (ASSESSOR, f"/assess{learner.path}")):
        page = await (await Reader(app).sign_in(cast, email)).get(path, 404)
        assert "Hers alone" not in page


async def test_human_resources_waive_a_course(app: FastAPI, cast: Cast) -> None:
    officer = await Reader(app).sign_in(cast, HR)
    assert "/waivers/new" in await officer.get(f"/people/{cast.ids[SUPERVISOR]}")
    assert SUPERVISOR in await officer.get(f"/waivers/new?person={SUPERVISOR}")
    page = await officer.send(
        "/waivers/new", 422, person=SUPERVISOR, course=COURSE, reason="", valid_until="soon"
    )
    assert 'href="#field-reason"' in page
    assert 'href="#field-valid_until"' in page
    given = {"person": SUPERVISOR, "course": COURSE, "reason": "Drafted it <once>.", "valid_until": soon()}
    for wrong, field in (
        ({"valid_until": "2099-01-01"}, "valid_until"),
        ({"person": OTHER_LEARNER}, "person"),
        ({"person": HR}, "person"),
        ({"course": "none"}, "course"),
    ):
        page = await officer.send("/waivers/new", 422, **{**given, **wrong})
        assert f'href="#field-{field}"' in page
        assert "Drafted it &lt;once&gt;." in page
    for _ in range(2):
        page = await officer.send("/waivers/new", **given)
        assert page.count("Drafted it &lt;once&gt;.") == 1, "a double click is one waiver"
    assert f'href="/people/{cast.ids[SUPERVISOR]}"' in await officer.get("/waivers")
    assert "as long or longer" in await officer.send("/waivers/new", 422, **{**given, "valid_until": soon(9)})
    learner = await Reader(app).sign_in(cast, SUPERVISOR)
    assert "Waived until" in await learner.get(f"/courses/{COURSE}")
    assert "Drafted it &lt;once&gt;." in await learner.get("/record")
    assert "Waived until" in await learner.get("/learning")
    year = clock.today().year
    report = (
        f"/reports/recognition/people/{cast.ids[SUPERVISOR]}?entity=uneo&from={year}-01-01&to={year}-12-31"
    )
    assert "a waiver is no learning" in await officer.get(report)


async def test_the_register_is_looked_at_decided_and_withdrawn(
    app: FastAPI, cast: Cast, database: Database, client: AsyncClient
) -> None:
    held, gives = "budgeting-a-partnership", "evaluating-partnerships"
    officer = await Reader(app).sign_in(cast, HR)
    assert "/equivalences/new" in await officer.get("/equivalences")
    page = await officer.get("/equivalences/new")
    assert re.search(r'id="field-from_on"[^>]*value="\d', page) is None  # today would reach nobody
    assert "(optional)" not in page[page.index("field-reason") - 80 : page.index("field-reason") + 200]
    given = {"held": held, "gives": gives, "entity": "uneo", "from_on": "2020-01-01"}
    assert 'href="#field-held"' in await officer.send(
        "/equivalences/new", 422, do="preview", **given | {"held": ""}
    )
    ends = await officer.send("/equivalences/new", 422, do="preview", **given, until_on="2019-01-01")
    assert 'href="#field-until_on"' in ends
    loop = await officer.send("/equivalences/new", 422, do="preview", **given | {"gives": held})
    assert 'href="#field-gives"' in loop
    page = await officer.send("/equivalences/new", do="preview", **given)
    assert "1 person gets the second course." in page
    assert 'href="#field-reason"' in await officer.send("/equivalences/new", 422, do="decide", **given)
    page = await officer.send("/equivalences/new", do="decide", reason="Same <units>.", **given)
    assert "Same &lt;units&gt;." in page
    twice = await officer.send("/equivalences/new", 422, do="decide", reason="Again.", **given)
    assert "stands in the register already" in twice
    async with database.transaction() as session:
        await equivalences.settle(session, after=None)

    learner = await Reader(app).sign_in(cast, SUPERVISOR)
    record = await learner.get("/record")
    assert "By equivalence" in record
    listed = await client.get("/api/v1/equivalences", headers=cast.token(HR))
    withdraw = f"/equivalences/{listed.json()['items'][0]['id']}/withdraw"
    await officer.get("/equivalences")
    assert "Say why it is withdrawn." in html.unescape(await officer.send(withdraw, 422, reason=" "))
    assert "it gives nothing new" in await officer.send(withdraw, reason="The units differ.")
    assert "withdrawn before" in await officer.send(withdraw, reason="Again.")
    assert "By equivalence" in await learner.get("/record"), "what it gave stays"


async def test_a_coordinator_decides_for_everybody_and_sees_no_few_people(app: FastAPI, cast: Cast) -> None:
    coordinator = await Reader(app).sign_in(cast, COORDINATOR)
    await coordinator.get("/equivalences/new")
    given: dict[str, Any] = {"held": "indicators-and-baselines", "gives": COURSE, "from_on": "2020-01-01"}
    page = await coordinator.send("/equivalences/new", do="preview", entity="*", **given)
    assert "not shown" in page
    assert "Fewer people than can be told." in page
    assert 'value="uneo"' not in page, "for one entity that entity decides"
    await coordinator.get("/waivers", 403)


@pytest.mark.parametrize("email", [LEARNER, ASSESSOR])
async def test_who_decides_nothing_sees_no_register(app: FastAPI, cast: Cast, email: str) -> None:
    reader = await Reader(app).sign_in(cast, email)
    for path in ("/equivalences", "/equivalences/new", "/waivers", "/waivers/new"):
        await reader.get(path, 403)
        assert path not in await reader.get("/learning")


async def test_a_head_waives_too(app: FastAPI, cast: Cast) -> None:
    head = await Reader(app).sign_in(cast, SENIOR)
    await head.get("/waivers/new")
    given = {"person": VOLUNTEER, "course": COURSE, "reason": "On mission.", "valid_until": soon()}
    assert "On mission." in await head.send("/waivers/new", **given)
