"""Pages of assigned learning: a rule written and activated, told to its people, more time asked for and granted."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.jobs.assigned import remind_all
from lms.jobs.worker import work_off
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.i18n import LANGUAGES
from lms.settings import Settings
from tests.assigned.rules import active, in_days
from tests.cast import FOCAL_POINT, HR, LEARNER, OTHER_HR, SENIOR, SUPERVISOR, Cast
from tests.web.counting import statements
from tests.web.readers import Reader

TERMS: dict[str, Any] = {
    "entity": "uneo-kenya",
    "what": "course:legal-foundations",
    "kinds": ["staff"],
    "grades": "P-3, P-2",
    "due": "assigned",
    "due_days": "45",
    "force": "recommended",
    "reason": "You sign agreements.",
}


@pytest.fixture(scope="module")
async def hr(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, HR)


@pytest.fixture(scope="module")
async def learner(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, LEARNER)


@pytest.fixture(scope="module")
async def supervisor(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, SUPERVISOR)


@pytest.fixture(scope="module")
async def senior(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, SENIOR)


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


async def test_a_rule_is_looked_at_kept_and_activated(hr: Reader) -> None:
    assert "No rule yet" in await hr.get("/assigned")
    await hr.get("/assigned/new")
    page = await hr.send("/assigned/new", **TERMS, do="preview")
    assert "To be assigned now" in page and "Amina Otieno" in page
    assert "holds it already" not in page
    part = await hr.send("/assigned/preview", **TERMS)
    assert "<html" not in part and "To be assigned now" in part
    await hr.get("/assigned/new")
    page = await hr.send("/assigned/new", **TERMS, do="keep")
    assert (
        "The draft is kept" in page
        and "45 days after being assigned" in page
        and "P\u20113 and P\u20112" in page
    )
    rule = hr.path
    page = await hr.send(f"{rule}/activate", revision=revision(page))
    assert "The rule is active; 2 people get a mail." in page
    assert "Amina Otieno" in page and "Not done" in page
    assert "1 · " not in await hr.get("/assigned")


async def test_what_is_wrong_in_the_form_is_said_beside_the_field(hr: Reader) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"what": ""}, "Choose what is assigned."),
        ({"what": "course:no-such"}, "This course is not on offer."),
        ({"what": "programme:no-such"}, "This programme is not published."),
        ({"kinds": []}, "Choose at least one kind of personnel."),
        ({"due_days": "many"}, "Write a number of days"),
        ({"due": "on", "due_on": ""}, "Choose the day."),
        ({"due": "on", "due_on": "2020-01-01"}, "Choose a day to come."),
        ({"due": "on", "due_on": "soon"}, "Write the day as"),
        ({"due": "on", "due_on": "2099-01-01"}, "within five years"),
        ({"force": "compulsory"}, "Name the decision"),
        ({"profiles": ["no-such"]}, "not published any more"),
        ({"entity": "unro"}, "not yours to assign"),
        ({"entity": ""}, "Choose the entity."),
    ]
    for change, sentence in wrong:
        await hr.get("/assigned/new")
        page = await hr.send("/assigned/new", 422, **{**TERMS, **change}, do="keep")
        assert sentence in page, (change, page[-3000:])
    await hr.get("/assigned/new")
    assert "reaches nobody" in await hr.send("/assigned/new", **{**TERMS, "grades": "USG"}, do="preview")


async def test_the_learner_sees_why_by_whom_and_by_when_and_asks_for_more_time(
    learner: Reader, supervisor: Reader
) -> None:
    page = await learner.get("/learning")
    assert "Assigned to you by your entity" in page and "You sign agreements." in page
    assert "Marie-Claire Dubois" in page
    found = re.search(r"/learning/assigned/[0-9a-f-]+", page)
    assert found
    path = found[0]
    page = await learner.get(path)
    assert "Recommended" in page and "Ask for more time" in page
    too_soon = await learner.send(path, 422, until=in_days(10), reason="I am away.")
    assert "Choose a day after the due day" in too_soon and "I am away." in too_soon
    assert "Say why." in await learner.send(path, 422, until=in_days(80), reason="")
    page = await learner.send(path, until=in_days(80), reason="I am on mission until then.")
    assert "Waits for an answer" in page and "Ask for more time</button>" not in page
    assert "You asked for time until" in await learner.get("/learning")

    assert "The answer comes by mail" in page
    assert "1 request for more time waits for you" in await supervisor.get("/team")
    assert 'href="/team/assigned">Assigned to my team' in await supervisor.get("/assigned/requests")
    page = await supervisor.get("/team/assigned")
    assert "I am on mission until then." in page
    form = re.search(r'action="(/assigned/requests/[0-9a-f-]+)"', page)
    assert form
    assert "write it first" in await supervisor.send(form[1], do="refuse", answer="", back="team")
    page = await supervisor.send(form[1], do="grant", answer="Good luck.", back="team")
    assert "More time is granted." in page and "I am on mission" not in page
    again = await supervisor.send(form[1], do="refuse", answer="No.", back="team")
    assert "decided already" in again
    assert "waits for you" not in await supervisor.get("/team")
    page = await learner.get(path)
    assert "Granted by" in page and "Good luck." in page and "First due on" in page


async def test_what_is_compulsory_waits_for_the_head(hr: Reader, senior: Reader, learner: Reader) -> None:
    await hr.get("/assigned/new")
    terms = TERMS | {"what": "course:fraud-and-financial-risk", "force": "compulsory", "decision": "UNEO/9"}
    page = await hr.send("/assigned/new", **terms, do="keep")
    assert "the head of the entity, or a delegate, activates it" in page
    assert "Activate the rule" not in page
    rule, seen = hr.path, revision(page)
    refused = await hr.send(f"{rule}/activate", revision=seen)
    assert "Only the head of the entity" in refused
    page = await senior.get(rule)
    assert "Activate the rule" in page
    stale = await senior.send(f"{rule}/activate", revision="99")
    assert "changed this rule meanwhile" in stale
    assert "The rule is active" in await senior.send(f"{rule}/activate", revision=seen)
    page = await learner.get("/learning")
    assert "Compulsory" in page
    assert "End the rule" not in await hr.get(rule)
    page = await senior.get(rule)
    assert "The rule has ended" in await senior.send(f"{rule}/end", revision=revision(page))
    assert "No longer assigned" in await learner.get("/learning")


async def test_a_draft_is_changed_and_thrown_away(hr: Reader) -> None:
    await hr.get("/assigned/new")
    await hr.send("/assigned/new", **TERMS, do="keep")
    rule = hr.path
    page = await hr.get(f"{rule}/edit")
    assert 'value="45"' in page and 'value="P-3 P-2"' in page
    changed = TERMS | {"due_days": "60", "revision": revision(page)}
    assert "60 days after being assigned" in await hr.send(f"{rule}/edit", **changed, do="keep")
    assert "changed this rule meanwhile" in await hr.send(f"{rule}/edit", 422, **changed, do="keep")
    page = await hr.get(rule)
    assert "thrown away" in await hr.send(f"{rule}/delete", revision=revision(page))
    await hr.get(rule, 404)


async def test_what_is_overdue_is_told_to_others_once_the_person_was_reminded(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database, settings: Settings, hr: Reader,
    supervisor: Reader, learner: Reader,
) -> None:  # fmt: skip
    rule = await active(
        client,
        cast,
        course="evaluating-partnerships",
        entity="uneo-kenya",
        grades=["P-3"],
        due_on=in_days(30),
    )
    async with database.transaction() as session:
        late = {"day": clock.today() - timedelta(days=3), "rule": rule["id"]}
        statement = """UPDATE assignments SET due_on = CAST(:day AS date), assigned_on = CAST(:day AS date) - 30
                        WHERE rule_id = CAST(:rule AS uuid)"""
        await session.execute(text(statement), late)
    assert "3 days overdue" in await learner.get("/learning")
    assert "Nothing is overdue" in await hr.get("/assigned/overdue")
    assert "3 days overdue" not in await supervisor.get("/team/assigned")
    await remind_all(database, (30, 7, 1))
    await work_off(settings)
    page = await hr.get("/assigned/overdue")
    assert "Amina Otieno" in page and "3 days overdue" in page
    assert "3 days overdue" in await supervisor.get("/team/assigned")
    focal = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await focal.get("/assigned/overdue")
    assert "UNEO Kenya" in page and "Amina Otieno" not in page
    page = await focal.get(f"/assigned/{rule['id']}")
    assert (
        "Overdue" in page and "Amina Otieno" not in page.split("How far its people are")[1].split("</dl>")[1]
    )


async def test_another_entity_s_rules_are_not_there(
    app: FastAPI, cast: Cast, hr: Reader, learner: Reader
) -> None:
    page = await hr.get("/assigned")
    found = re.search(r'href="(/assigned/[0-9a-f-]{36})"', page)
    assert found
    other = await Reader(app).sign_in(cast, OTHER_HR)
    await other.get(found[1], 404)
    await other.get(f"{found[1]}/edit", 404)
    assert "No rule yet" in await other.get("/assigned")
    await learner.get("/assigned", 403)
    await learner.get(found[1], 403)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_every_page_opens_in_every_language(app: FastAPI, cast: Cast, language: str) -> None:
    hr = await Reader(app).sign_in(cast, HR, language)
    found = re.search(r'href="(/assigned/[0-9a-f-]{36})"', await hr.get("/assigned"))
    assert found
    for path in (found[1], "/assigned/new", "/assigned/overdue", "/assigned/requests"):
        await hr.get(path)
    learner = await Reader(app).sign_in(cast, LEARNER, language)
    own = re.search(r"/learning/assigned/[0-9a-f-]+", await learner.get("/learning"))
    assert own
    await learner.get(own[0])
    await (await Reader(app).sign_in(cast, SUPERVISOR, language)).get("/team/assigned")


async def test_the_list_of_rules_asks_as_much_for_many_as_for_one(
    app: FastAPI, client: AsyncClient, cast: Cast, hr: Reader
) -> None:
    with statements(app) as few:
        await hr.get("/assigned")
    for _ in range(5):
        await active(client, cast, course="inclusive-business-models", entity="uneo-kenya")
    with statements(app) as many:
        await hr.get("/assigned")
    assert len(many) == len(few)
