"""Assignments over the API: due days that stand still, more time asked for and decided, reminders, who is told what."""

import asyncio
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lms.assigned.service import tasks_of
from lms.jobs.assigned import remind_all
from lms.jobs.worker import work_off
from lms.kernel.database import Database
from lms.settings import Settings
from tests.assigned.rules import API, act, active, ask, day, in_days, listed, own
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_HR,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)

LADDER = (30, 7, 1)
LEGAL = "legal-foundations"


async def days_pass(database: Database, rule: dict[str, Any], number: int) -> None:
    """As if a rule had been activated so many days earlier."""
    async with database.transaction() as session:
        for statement in (
            """UPDATE assignments SET assigned_on = assigned_on - CAST(:n AS int), due_on = due_on - CAST(:n AS int)
                WHERE rule_id = :id""",
            "UPDATE assignment_rules SET activated_at = activated_at - make_interval(days => :n) WHERE id = :id",
        ):
            await session.execute(text(statement), {"n": number, "id": UUID(rule["id"])})


def mails(settings: Settings, kind: str) -> list[Any]:
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((settings.var_dir / "mail").glob(f"{kind}-*.eml"))
    ]


@pytest.fixture
def no_mail(settings: Settings) -> None:
    """Nothing of the tests before."""
    for path in (settings.var_dir / "mail").glob("*.eml"):
        path.unlink()


@pytest.mark.usefixtures("no_mail")
async def test_an_assignment_is_told_with_why_by_whom_and_by_when(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    rule = await active(
        client, cast, SENIOR, course=LEGAL, entity="uneo-kenya", grades=["P-3"], compulsory=True,
        decision="UNEO/2026/14", reason="We sign agreements.",
    )  # fmt: skip
    mine = await own(client, cast, LEARNER, rule)
    assert mine["assigned_by"]["id"] == str(cast.ids[SENIOR])
    assert (mine["compulsory"], mine["decision"], mine["reason"]) == (
        True,
        "UNEO/2026/14",
        "We sign agreements.",
    )
    assert (mine["state"], mine["due_on"], mine["extensions"]) == ("open", rule["due_on"], [])
    await work_off(settings)
    [mail] = mails(settings, "assigned")
    assert mail["To"] == LEARNER
    for said in ("UNEO/2026/14", "We sign agreements.", "Rajesh Venkataraman", f"/courses/{LEGAL}"):
        assert said in mail.get_content()


async def test_days_of_absence_move_the_due_day(client: AsyncClient, cast: Cast) -> None:
    rule = await active(client, cast, course=LEGAL, entity="uneo-kenya", grades=["P-2"], due_on=in_days(60))
    before = await own(client, cast, COLLEAGUE, rule)
    away = {"from_on": in_days(10), "until_on": in_days(19)}
    added = await ask(client, "POST", f"/people/{cast.ids[COLLEAGUE]}/absences", cast.token(HR), **away)
    assert added.status_code == 201, added.text
    after = await own(client, cast, COLLEAGUE, rule)
    assert day(after["due_on"]) == day(before["due_on"]) + timedelta(days=10)
    assert after["first_due_on"] == before["due_on"]


async def test_a_waiver_holds_the_clock_as_long_as_it_runs_and_no_longer(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    course = "fraud-and-financial-risk"
    rule = await active(client, cast, course=course, entity="uneo-kenya", grades=["P-2"], due_on=in_days(40))
    waiver = {"person": COLLEAGUE, "course": course, "reason": "Seconded.", "valid_until": in_days(10)}
    given = await ask(client, "POST", "/waivers", cast.token(HR), **waiver)
    assert given.status_code == 201, given.text
    assert (await own(client, cast, COLLEAGUE, rule))["state"] == "done"
    async with database.transaction() as session:  # as if all of it were fifty days ago
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(
            text(
                """UPDATE completions SET occurred_on = occurred_on - 50, valid_until = valid_until - 50
                    WHERE id = :id"""
            ),
            {"id": given.json()["id"]},
        )
    await days_pass(database, rule, 50)
    mine = await own(client, cast, COLLEAGUE, rule)
    # Eleven days were waived of forty, which leaves the person one more.
    assert (mine["state"], mine["due_on"]) == ("open", in_days(1))
    await act(client, cast, rule, "end")


@pytest.mark.usefixtures("no_mail")
async def test_more_time_is_asked_once_and_granted_by_the_reporting_officer(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    rule = await active(client, cast, course=LEGAL, entity="uneo-kenya", grades=["P-3"], due_on=in_days(40))
    mine = await own(client, cast, LEARNER, rule)
    path, headers = f"/assignments/{mine['id']}/extensions", cast.token(LEARNER)
    wanted = {"until": in_days(70), "reason": "A mission until then."}
    asked = await asyncio.gather(*(ask(client, "POST", path, headers, **wanted) for _ in range(3)))
    assert {each.status_code for each in asked} == {201}, [each.text for each in asked]
    assert len({each.json()["id"] for each in asked}) == 1
    other = await ask(client, "POST", path, headers, until=in_days(80), reason="Longer.")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/extension-waits")
    extension = asked[0].json()["id"]

    await work_off(settings)
    [mail] = mails(settings, "extension-asked")
    assert mail["To"] == SUPERVISOR and "A mission" not in mail.get_content()
    waiting = await listed(client, "/extensions", cast.token(SUPERVISOR))
    assert [(each["id"], each["reason"]) for each in waiting] == [(extension, "A mission until then.")]

    # Who neither is the officer nor made the rule does not decide, and does not learn why it was asked.
    for somebody in (COLLEAGUE, VOLUNTEER, FOCAL_POINT, OTHER_HR, ADMIN, ASSESSOR):
        refused = await ask(client, "POST", f"/extensions/{extension}/grant", cast.token(somebody), answer="")
        assert refused.status_code == 404, (somebody, refused.text)
        assert await listed(client, "/extensions", cast.token(somebody)) == []
    by_oneself = await ask(client, "POST", f"/extensions/{extension}/grant", headers, answer="")
    assert (by_oneself.status_code, by_oneself.json()["type"]) == (403, "/problems/not-the-decider")

    officer = cast.token(SUPERVISOR)
    for _ in range(2):
        granted = await ask(client, "POST", f"/extensions/{extension}/grant", officer, answer="Of course.")
        assert (granted.status_code, granted.json()["granted"]) == (200, True), granted.text
    too_late = await ask(client, "POST", f"/extensions/{extension}/refuse", cast.token(HR), answer="No.")
    assert (too_late.status_code, too_late.json()["type"]) == (409, "/problems/extension-decided")
    after = await own(client, cast, LEARNER, rule)
    assert (after["due_on"], after["first_due_on"]) == (in_days(70), in_days(40))
    history = (await ask(client, "GET", path, headers)).json()["items"]
    assert [(each["granted"], each["answer"], each["decided_by"]["id"]) for each in history] == [
        (True, "Of course.", str(cast.ids[SUPERVISOR]))
    ]
    await work_off(settings)
    [mail] = mails(settings, "extension-decided")
    assert mail["To"] == LEARNER


async def test_who_made_the_rule_refuses_with_a_reason(client: AsyncClient, cast: Cast) -> None:
    rule = await active(client, cast, course=LEGAL, entity="uneo", grades=["D-1"], due_on=in_days(40))
    mine = await own(client, cast, SENIOR, rule)
    path = f"/assignments/{mine['id']}/extensions"
    asked = await ask(client, "POST", path, cast.token(SENIOR), until=in_days(90), reason="Budget season.")
    extension = asked.json()["id"]
    without = await ask(client, "POST", f"/extensions/{extension}/refuse", cast.token(HR), answer="")
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/answer")
    refused = await ask(
        client, "POST", f"/extensions/{extension}/refuse", cast.token(HR), answer="It is short."
    )
    assert refused.json()["granted"] is False
    assert (await own(client, cast, SENIOR, rule))["due_on"] == in_days(40)
    again = await ask(client, "POST", path, cast.token(SENIOR), until=in_days(60), reason="A little?")
    assert again.status_code == 201 and again.json()["id"] != extension


async def test_whose_role_has_ended_decides_no_more_about_the_rules_they_made(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    rule = await active(
        client, cast, FOCAL_POINT, course=LEGAL, entity="uneo-kenya", grades=["P-5"], due_on=in_days(40)
    )
    mine = await own(client, cast, SUPERVISOR, rule)
    path = f"/assignments/{mine['id']}/extensions"
    asked = await ask(client, "POST", path, cast.token(SUPERVISOR), until=in_days(50), reason="I am ill.")
    extension, maker = asked.json()["id"], cast.token(FOCAL_POINT)
    assert [each["id"] for each in await listed(client, "/extensions", maker)] == [extension]
    ended = "UPDATE role_grants SET revoked_at = {} WHERE person_id = :id AND role = 'focal_point'"
    async with database.transaction() as session:
        await session.execute(text(ended.format("now()")), {"id": cast.ids[FOCAL_POINT]})
    try:
        assert await listed(client, "/extensions", maker) == []
        for address in (path, f"/assignments/{mine['id']}"):
            assert (await ask(client, "GET", address, maker)).status_code == 404
        refused = await ask(client, "POST", f"/extensions/{extension}/grant", maker, answer="")
        assert refused.status_code == 404, refused.text
    finally:
        async with database.transaction() as session:
            await session.execute(text(ended.format("NULL")), {"id": cast.ids[FOCAL_POINT]})
    granted = await ask(client, "POST", f"/extensions/{extension}/grant", maker, answer="")
    assert granted.status_code == 200, granted.text


async def test_no_extension_that_gives_no_time_or_of_what_is_not_one_s_own(
    client: AsyncClient, cast: Cast
) -> None:
    rule = await active(client, cast, course=LEGAL, entity="uneo-kenya", grades=["P-5"], due_on=in_days(40))
    mine = await own(client, cast, SUPERVISOR, rule)
    path, headers = f"/assignments/{mine['id']}/extensions", cast.token(SUPERVISOR)
    for until in (in_days(-1), in_days(0), in_days(39), in_days(40), in_days(500), "soon"):
        answer = await ask(client, "POST", path, headers, until=until, reason="Because.")
        assert answer.status_code == 422, (until, answer.text)
        assert answer.json()["errors"][0]["pointer"] == "/until"
    empty = await ask(client, "POST", path, headers, until=in_days(50), reason=" ")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/reason")
    for somebody in (SENIOR, HR, LEARNER, OTHER_HR):
        answer = await ask(client, "POST", path, cast.token(somebody), until=in_days(50), reason="For them.")
        assert answer.status_code == 404, (somebody, answer.text)
    await act(client, cast, rule, "end")
    over = await ask(client, "POST", path, headers, until=in_days(50), reason="Because.")
    assert (over.status_code, over.json()["type"]) == (409, "/problems/assignment-over")


async def test_what_was_asked_decided_and_reminded_is_never_changed(database: Database) -> None:
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM extension_decisions"))
    for table in ("assignment_extensions", "extension_decisions"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.transaction() as session:
                await session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.usefixtures("no_mail")
async def test_the_person_is_reminded_first_and_only_then_others_are_told(
    client: AsyncClient, cast: Cast, database: Database, settings: Settings
) -> None:
    rule = await active(
        client,
        cast,
        course="fraud-and-financial-risk",
        entity="uneo-kenya",
        grades=["P-3"],
        due_on=in_days(60),
    )
    watchers = {SUPERVISOR: True, HR: True, SENIOR: True, FOCAL_POINT: False, LEARNER: True}
    hers = str(cast.ids[LEARNER])

    async def overdue(who: str) -> bool:
        found = await listed(client, f"/assignments?overdue=true&rule={rule['id']}", cast.token(who))
        return hers in {each["person"]["id"] for each in found}

    async def counted() -> int:
        read = await ask(client, "GET", f"/assignment-rules/{rule['id']}", cast.token(HR))
        return int(read.json()["progress"]["overdue"])

    sent = 0
    for passed, more in ((29, 0), (1, 1), (0, 0), (23, 1), (0, 0), (6, 1), (0, 0)):
        await days_pass(database, rule, passed)
        await remind_all(database, LADDER)
        await work_off(settings)
        sent += more
        assert len(mails(settings, "reminded")) == sent, passed
        assert not any([await overdue(each) for each in watchers])

    await days_pass(database, rule, 2)
    # Overdue: she sees it at once; nobody else, as long as no reminder has gone out.
    assert await overdue(LEARNER)
    for who in (SUPERVISOR, HR, SENIOR):
        assert not await overdue(who)
        seen = await listed(client, f"/assignments?rule={rule['id']}", cast.token(who))
        assert [each["state"] for each in seen if each["person"]["id"] == hers] == ["open"]
    assert await remind_all(database, LADDER) == 1
    assert not any([await overdue(who) for who in (SUPERVISOR, HR, SENIOR)])  # kept, and not yet out
    assert await counted() == 0
    await work_off(settings)
    assert {each["To"] for each in mails(settings, "reminded")} == {LEARNER}
    assert {who: await overdue(who) for who in watchers} == watchers
    assert await counted() == 1
    assert await remind_all(database, LADDER) == 0


async def test_with_more_time_it_is_overdue_no_longer_and_reminded_of_anew(
    client: AsyncClient, cast: Cast, database: Database, settings: Settings
) -> None:
    rule = await active(client, cast, course=LEGAL, entity="uneo", grades=["P-4"], due_on=in_days(20))
    await days_pass(database, rule, 21)
    assert await remind_all(database, LADDER) >= 1
    await work_off(settings)
    officer = await listed(client, f"/assignments?overdue=true&rule={rule['id']}", cast.token(SENIOR))
    assert officer
    mine = await own(client, cast, ASSESSOR, rule)
    assert mine["state"] == "overdue"
    asked = await ask(
        client, "POST", f"/assignments/{mine['id']}/extensions", cast.token(ASSESSOR), until=in_days(40), reason="Ill."
    )  # fmt: skip
    granted = await ask(client, "POST", f"/extensions/{asked.json()['id']}/grant", cast.token(HR), answer="")
    assert granted.status_code == 200, granted.text
    mine = await own(client, cast, ASSESSOR, rule)
    assert (mine["state"], mine["due_on"]) == ("open", in_days(40))
    left = await listed(client, f"/assignments?overdue=true&rule={rule['id']}", cast.token(SENIOR))
    assert str(cast.ids[ASSESSOR]) not in {each["person"]["id"] for each in left}


async def test_a_list_names_only_whom_its_reader_may_see(client: AsyncClient, cast: Cast) -> None:
    rule = await active(client, cast, course="evaluating-partnerships", due_on=in_days(50))
    path = f"/assignments?rule={rule['id']}"
    people = {
        who: {each["person"]["id"] for each in await listed(client, path, cast.token(who))}
        for who in (LEARNER, SUPERVISOR, HR, SENIOR, FOCAL_POINT, OTHER_HR, ADMIN)
    }  # fmt: skip
    everybody = people[HR]
    assert len(everybody) == rule["progress"]["assigned"] == 8
    assert people[SENIOR] == everybody
    assert people[LEARNER] == {str(cast.ids[LEARNER])}
    team = {str(cast.ids[each]) for each in (LEARNER, COLLEAGUE, FOCAL_POINT, SUPERVISOR)}
    assert people[SUPERVISOR] == team
    assert people[FOCAL_POINT] == {str(cast.ids[FOCAL_POINT])}
    assert people[OTHER_HR] == set()
    assert people[ADMIN] == {str(cast.ids[ADMIN])}
    for who, status in ((SUPERVISOR, 200), (HR, 200), (VOLUNTEER, 404), (OTHER_HR, 404)):
        for person in (LEARNER, str(cast.ids[LEARNER])):
            answer = await client.get(f"{API}/assignments?person={person}", headers=cast.token(who))
            assert answer.status_code == status, (who, person, answer.text)
    one = (await own(client, cast, LEARNER, rule))["id"]
    for who, status in ((SUPERVISOR, 200), (HR, 200), (COLLEAGUE, 404), (OTHER_HR, 404)):
        assert (await client.get(f"{API}/assignments/{one}", headers=cast.token(who))).status_code == status


async def test_due_days_stand_in_the_calendar_and_in_the_plan(
    client: AsyncClient, cast: Cast, app: FastAPI, database: Database
) -> None:
    course = "preparedness-and-surge"  # made for another focus: never suggested to her
    headers = cast.token(LEARNER)
    before = (await ask(client, "GET", "/me/plan", headers)).json()
    assert course not in {step["key"] for step in before["steps"]}
    await active(
        client,
        cast,
        SENIOR,
        course=course,
        entity="uneo-kenya",
        due_on=in_days(50),
        compulsory=True,
        decision="1",
    )
    plan = (await ask(client, "GET", "/me/plan", headers)).json()
    [step] = [each for each in plan["steps"] if each["key"] == course]
    [reason] = [each["facts"] for each in step["reasons"] if each["why"] == "assigned"]
    assert reason == {"due_on": in_days(50), "compulsory": True}
    kept = await ask(client, "PUT", f"/me/plan/courses/{course}", headers, wish="dropped")
    assert course in {step["key"] for step in kept.json()["steps"]}  # not hers alone to leave out
    await client.put(f"{API}/me/plan/courses/{course}", json={"wish": None}, headers=headers)
    made = await ask(client, "POST", "/me/calendar", headers)
    feed = await client.get(made.json()["address"].removeprefix(app.state.settings.base_url))
    days = {
        str(each["summary"]): each["dtstart"].dt.isoformat()
        for each in Calendar.from_ical(feed.content).walk("VEVENT")
        if str(each["uid"]).startswith("assigned-")
    }
    assert in_days(50) in days.values()
    row = {"person": LEARNER, "course": course, "occurred_on": in_days(0), "source": "elsewhere"}
    await ask(client, "POST", "/completions/batch", cast.token(HR), completions=[row])
    again = (await ask(client, "GET", "/me/plan", headers)).json()
    assert course not in {step["key"] for step in again["steps"]}


async def test_of_a_programme_what_is_left_is_to_be_done(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    programmes = (await client.get(f"{API}/programmes", headers=cast.token(HR))).json()["items"]
    whole = next(each for each in programmes if "partnership-essentials" in each["courses"])
    await active(
        client, cast, programme=whole["key"], entity="uneo-kenya", due_on=in_days(90), grades=["P-2"]
    )
    async with database.reading() as session:
        tasks = (await tasks_of(session, [cast.ids[COLLEAGUE]]))[cast.ids[COLLEAGUE]]
    of_it = {each.course for each in tasks.values() if each.programme == whole["key"]}
    assert of_it and "partnership-essentials" not in of_it  # she has completed that one
    assert of_it <= set(whole["courses"])
