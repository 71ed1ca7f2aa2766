"""Rules over the API: looked at, activated, ended; whom they reach, and who may make them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.assigned.queries import active_rules
from lms.assigned.service import settle_people, settle_rule
from lms.jobs.assigned import settle_all
from lms.jobs.worker import work_off
from lms.kernel import clock
from lms.kernel.database import Database
from lms.settings import Settings
from tests.assigned.rules import API, COURSE, act, active, ask, day, draft, in_days, listed, own
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    COORDINATOR,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_HR,
    OTHER_LEARNER,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)

OTHER_SENIOR = "assessor.relief@demo.example"
EVERYBODY = (
    LEARNER, SUPERVISOR, ASSESSOR, HR, OTHER_HR, SENIOR, OTHER_SENIOR, ADMIN, OTHER_LEARNER, COORDINATOR, COLLEAGUE,
    VOLUNTEER, FOCAL_POINT,
)  # fmt: skip


async def test_what_the_preview_shows_is_what_activation_does(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(HR)
    rule = await draft(client, cast)
    preview = (await ask(client, "GET", f"/assignment-rules/{rule['id']}/preview", headers)).json()
    people = await listed(client, f"/assignment-rules/{rule['id']}/people", headers)
    assert len({each["person"]["id"] for each in people}) == len(people) == preview["people"]
    fresh = {each["person"]["id"] for each in people if not each["holds"] and not each["assigned"]}
    holds = {each["person"]["id"] for each in people if each["holds"]}
    assert str(cast.ids[COLLEAGUE]) in holds  # she completed it 75 days ago
    assert str(cast.ids[VOLUNTEER]) not in fresh | holds  # no staff
    assert (len(fresh), len(holds), preview["assigned"]) == (preview["fresh"], preview["holds"], 0)
    assert preview["fresh"] >= 5 and sum(unit["fresh"] for unit in preview["units"]) == preview["fresh"]
    assert {unit["entity"] for unit in preview["units"]} == {"uneo", "uneo-africa", "uneo-kenya"}
    course = (await client.get(f"{API}/courses/{COURSE}", headers=headers)).json()
    required = sum(
        each["minutes"] for module in course["modules"] for each in module["activities"] if each["required"]
    )
    assert preview["minutes"] == required * preview["fresh"]

    activated = await act(client, cast, rule, "activate")
    assert activated.status_code == 200, activated.text
    found = await listed(client, f"/assignments?rule={rule['id']}", headers)
    assert {each["person"]["id"] for each in found} == fresh
    assert {each["due_on"] for each in found} == {rule["due_on"]}
    assert activated.json()["progress"] == {
        "assigned": len(fresh), "done": 0, "ended": 0, "open": len(fresh), "overdue": 0,
    }  # fmt: skip
    again = (await ask(client, "GET", f"/assignment-rules/{rule['id']}/preview", headers)).json()
    assert (again["fresh"], again["assigned"], again["minutes"]) == (0, preview["fresh"], 0)


async def test_a_rule_that_is_not_written_down_is_previewed_alike(client: AsyncClient, cast: Cast) -> None:
    terms = {"course": COURSE, "due_days": 30, "kinds": ["staff", "un_volunteer"]}
    headers = cast.token(FOCAL_POINT)
    preview = await ask(client, "POST", "/assignment-rules/preview", headers, entity="uneo-kenya", **terms)
    assert preview.status_code == 200, preview.text
    saved = await draft(client, cast, FOCAL_POINT, entity="uneo-kenya", **terms)
    looked = await ask(client, "GET", f"/assignment-rules/{saved['id']}/preview", headers)
    assert preview.json() == looked.json()
    assert preview.json()["people"] == 4
    # Her office is the regional one; the headquarters above it is not hers.
    refused = await ask(client, "POST", "/assignment-rules/preview", headers, entity="uneo", **terms)
    assert refused.status_code == 404


async def test_a_focal_point_sees_whom_a_rule_reaches_and_not_who_holds_it(
    client: AsyncClient, cast: Cast
) -> None:
    rule = await active(client, cast, FOCAL_POINT, entity="uneo-africa")
    for email, known in ((FOCAL_POINT, {None}), (HR, {True, False})):
        people = await listed(client, f"/assignment-rules/{rule['id']}/people", cast.token(email))
        assert {each["holds"] for each in people} == known
        assert {each["assigned"] for each in people} == known  # to who holds it nothing was assigned
    seen = await listed(client, f"/assignments?rule={rule['id']}", cast.token(FOCAL_POINT))
    assert {each["person"]["id"] for each in seen} <= {str(cast.ids[FOCAL_POINT])}
    # Three people are too few to be told how many of them have done it.
    assert set(rule["progress"].values()) == {None}
    preview = (
        await ask(client, "GET", f"/assignment-rules/{rule['id']}/preview", cast.token(FOCAL_POINT))
    ).json()
    assert (preview["people"], preview["holds"], preview["assigned"], preview["fresh"]) == (
        4,
        None,
        None,
        None,
    )
    assert {unit["holds"] for unit in preview["units"]} == {None}
    minutes = preview["minutes"] // 4
    for grade in ("P-2", "P-3"):  # one person each; the first holds it
        terms = {"course": COURSE, "due_days": 30, "entity": "uneo-kenya", "grades": [grade]}
        narrow = await ask(client, "POST", "/assignment-rules/preview", cast.token(FOCAL_POINT), **terms)
        assert (narrow.json()["people"], narrow.json()["minutes"]) == (1, minutes), grade
    full = (await ask(client, "GET", f"/assignment-rules/{rule['id']}/preview", cast.token(HR))).json()
    assert (full["holds"], full["assigned"], full["fresh"]) == (1, 3, 0)


async def test_a_programme_costs_what_is_left_of_it(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(HR)
    programmes = (await client.get(f"{API}/programmes", headers=headers)).json()["items"]
    whole = next(each for each in programmes if COURSE in each["courses"])
    terms = {"entity": "uneo-kenya", "due_days": 90, "programme": whole["key"]}
    one = await ask(client, "POST", "/assignment-rules/preview", headers, grades=["P-2"], **terms)
    other = await ask(client, "POST", "/assignment-rules/preview", headers, grades=["P-3"], **terms)
    assert (one.json()["fresh"], other.json()["fresh"]) == (1, 1)
    # The colleague (P-2) has completed a course of it, the learner (P-3) none.
    assert 0 < one.json()["minutes"] < other.json()["minutes"]


@pytest.mark.parametrize("compulsory", [False, True])
@pytest.mark.parametrize("entity", ["uneo", "uneo-kenya", "unro", "unpc"])
@pytest.mark.parametrize("email", EVERYBODY)
async def test_who_makes_rules_and_who_makes_them_compulsory(
    client: AsyncClient, cast: Cast, email: str, entity: str, compulsory: bool
) -> None:
    """Every role, for one's own and other entities: the head alone makes it compulsory."""
    makes = {
        HR: ("uneo",),
        SENIOR: ("uneo",),
        FOCAL_POINT: ("uneo-africa", "uneo-kenya"),
        OTHER_HR: ("unro",),
        OTHER_SENIOR: ("unro",),
    }
    may_make = any(entity.startswith(each) for each in makes.get(email, ()))
    heads = email in (SENIOR, OTHER_SENIOR)
    force = {"compulsory": True, "decision": "ST/AI/2026/1"} if compulsory else {}
    terms = {"entity": entity, "course": COURSE, "due_on": in_days(90), **force}
    made = await ask(client, "POST", "/assignment-rules", cast.token(email), **terms)
    if not may_make:
        assert made.status_code in (403, 404), made.text
        return
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "draft"
    activated = await act(client, cast, made.json(), "activate", email)
    if compulsory and not heads:
        assert (activated.status_code, activated.json()["type"]) == (403, "/problems/not-the-head")
        head = SENIOR if entity.startswith("uneo") else OTHER_SENIOR
        wrong_head = OTHER_SENIOR if head == SENIOR else SENIOR
        assert (await act(client, cast, made.json(), "activate", wrong_head)).status_code == 404
        activated = await act(client, cast, made.json(), "activate", head)
        # What the head has made compulsory only the head ends.
        assert (await act(client, cast, made.json(), "end", email)).status_code == 403
        email = head
    assert activated.status_code == 200, activated.text
    assert activated.json()["activated_by"]["id"] == str(cast.ids[email])
    assert (await act(client, cast, made.json(), "end", email)).status_code == 200


BAD: list[tuple[dict[str, Any], str]] = [
    ({"course": "no-such-course"}, "/course"),
    ({"course": None, "programme": "no-such-programme"}, "/programme"),
    ({"programme": "partnership-essentials"}, "/course"),
    ({"course": None}, "/course"),
    ({"due_on": None}, "/due_on"),
    ({"due_on": "2020-01-01"}, "/due_on"),
    ({"due_on": "tomorrow"}, "/due_on"),
    ({"due_days": 30}, "/due_on"),
    ({"due_on": None, "due_days": 0}, "/due_days"),
    ({"kinds": []}, "/kinds"),
    ({"kinds": ["former"]}, "/kinds/0"),
    ({"roles": ["king"]}, "/roles/0"),
    ({"profiles": ["no-such-profile"]}, "/profiles"),
    ({"compulsory": True}, "/decision"),
    ({"who": "everybody"}, "/who"),
]


@pytest.mark.parametrize(("wrong", "pointer"), BAD)
async def test_what_is_wrong_with_a_rule_is_named(
    client: AsyncClient, cast: Cast, wrong: dict[str, Any], pointer: str
) -> None:
    terms = {"entity": "uneo", "course": COURSE, "due_on": in_days(30)} | wrong
    for path in ("/assignment-rules", "/assignment-rules/preview"):
        answer = await ask(client, "POST", path, cast.token(HR), **terms)
        assert answer.status_code == 422, answer.text
        assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}, answer.text
    rule = await draft(client, cast)
    headers = cast.token(HR) | {"If-Match": "*"}
    answer = await client.patch(f"{API}/assignment-rules/{rule['id']}", json=wrong, headers=headers)
    assert answer.status_code == 422, answer.text
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}, answer.text


async def test_a_rule_that_reaches_nobody_is_allowed_and_says_so(client: AsyncClient, cast: Cast) -> None:
    rule = await draft(client, cast, grades=["USG"])
    preview = (await ask(client, "GET", f"/assignment-rules/{rule['id']}/preview", cast.token(HR))).json()
    assert (preview["people"], preview["units"], preview["hours"]) == (0, [], 0)
    assert (await act(client, cast, rule, "activate")).json()["progress"]["assigned"] == 0


async def test_a_draft_is_changed_by_who_has_seen_it_and_thrown_away(client: AsyncClient, cast: Cast) -> None:
    rule = await draft(client, cast)
    path = f"{API}/assignment-rules/{rule['id']}"
    read = await client.get(path, headers=cast.token(HR))
    tag = read.headers["etag"]
    change = {
        "due_on": None,
        "due_days": 45,
        "due_from": "joining",
        "grades": ["P-3"],
        "reason": "We work with partners.",
    }
    without = await client.patch(path, json=change, headers=cast.token(HR))
    assert without.status_code == 428
    changed = await client.patch(path, json=change, headers=cast.token(HR) | {"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert {name: changed.json()[name] for name in change} == change
    assert (changed.json()["course"], changed.json()["kinds"]) == (COURSE, ["staff"])
    stale = cast.token(HR) | {"If-Match": tag}
    for method, end in (("PATCH", ""), ("DELETE", ""), ("POST", "/activate")):
        body = change if method == "PATCH" else None
        answer = await client.request(method, path + end, json=body, headers=stale)
        assert answer.status_code == 412, answer.text
    fresh = cast.token(HR) | {"If-Match": changed.headers["etag"]}
    assert (await client.delete(path, headers=fresh)).status_code == 204
    assert (await client.get(path, headers=cast.token(HR))).status_code == 404


async def test_what_is_active_is_no_draft_and_what_has_ended_stays_so(
    client: AsyncClient, cast: Cast
) -> None:
    rule = await active(client, cast, entity="uneo-kenya")
    any_state = cast.token(HR) | {"If-Match": "*"}
    path = f"{API}/assignment-rules/{rule['id']}"
    for answer in (
        await act(client, cast, rule, "activate"),
        await client.delete(path, headers=any_state),
        await client.patch(path, json={"grades": []}, headers=any_state),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/assignment-rule-not-draft")
    ended = (await act(client, cast, rule, "end")).json()
    assert ended["state"] == "ended" and ended["progress"]["ended"] == ended["progress"]["assigned"] > 0
    again = await act(client, cast, rule, "end")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/assignment-rule-not-active")
    mine = await own(client, cast, LEARNER, rule)
    assert (mine["state"], mine["ended_why"]) == ("ended", "rule_ended")


async def test_a_draft_whose_day_has_passed_is_not_activated(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    rule = await draft(client, cast)
    async with database.transaction() as session:
        passed = clock.today() - timedelta(days=1)
        statement = text("UPDATE assignment_rules SET due_on = :day WHERE id = :id")
        await session.execute(statement, {"day": passed, "id": UUID(rule["id"])})
    refused = await act(client, cast, rule, "activate")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/due_on")


async def test_settling_twice_does_nothing_and_a_completion_makes_it_done(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    rule = await active(client, cast, course="legal-foundations", entity="uneo-kenya")
    assert (await settle_all(database)) == (0, 0)
    assert (await own(client, cast, LEARNER, rule))["state"] == "open"
    row = {"person": LEARNER, "course": "legal-foundations", "occurred_on": in_days(0), "source": "elsewhere"}
    recorded = await ask(client, "POST", "/completions/batch", cast.token(HR), completions=[row])
    assert recorded.json()["recorded"] == 1, recorded.text
    mine = await own(client, cast, LEARNER, rule)
    assert (mine["state"], mine["done_on"]) == ("done", in_days(0))
    assert (await settle_all(database)) == (0, 0)
    counted = (await ask(client, "GET", f"/assignment-rules/{rule['id']}", cast.token(HR))).json()["progress"]
    assert counted["done"] == 1
    completion = recorded.json()["results"][0]["id"]
    revoked = await ask(
        client, "POST", f"/completions/{completion}/revoke", cast.token(HR), reason="Somebody else's."
    )
    assert revoked.status_code < 300, revoked.text
    assert (await own(client, cast, LEARNER, rule))["state"] == "open"


async def test_who_leaves_the_group_is_let_go_and_who_returns_is_assigned_anew(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    rule = await active(client, cast, grades=["P-3"], entity="uneo-kenya")
    person = cast.ids[LEARNER]
    assert rule["progress"]["assigned"] == 1

    async def promote(grade: str) -> None:
        async with database.transaction() as session:
            statement = text("UPDATE affiliations SET grade = :grade WHERE person_id = :id")
            await session.execute(statement, {"grade": grade, "id": person})
        for _ in range(2):
            async with database.transaction() as session:
                await settle_people(session, [person])

    await promote("P-4")
    mine = await own(client, cast, LEARNER, rule)
    assert (mine["state"], mine["ended_why"], mine["ended_on"]) == ("ended", "left", in_days(0))
    await promote("P-3")
    both = [
        each
        for each in await listed(client, "/me/assignments", cast.token(LEARNER))
        if each["rule"] == rule["id"]
    ]
    assert sorted(each["state"] for each in both) == ["ended", "open"]
    async with database.reading() as session:
        count = "SELECT count(*) FROM events WHERE type = :type AND data->>'rule' = :rule"
        for kind, times in (("assigned.assigned", 2), ("assigned.ended", 1)):
            assert await session.scalar(text(count), {"type": kind, "rule": rule["id"]}) == times


async def test_new_joiners_alone_are_reached_from_the_day_the_rule_begins(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    rule = await active(
        client,
        cast,
        course="conflict-sensitive-partnering",
        entity="uneo-kenya",
        new_joiners=True,
        due_days=90,
        due_from="joining",
        starts_on=in_days(-20),
    )
    assert rule["progress"]["assigned"] == 0
    joined = clock.today() - timedelta(days=10)
    async with database.transaction() as session:
        # The colleague comes anew after a break of two months; the learner has a new contract, and no break.
        values = {"joined": joined, "two": cast.ids[COLLEAGUE], "one": cast.ids[LEARNER]}
        for statement in (
            "UPDATE affiliations SET until_on = CAST(:joined AS date) - 1 WHERE person_id = :one",
            "UPDATE affiliations SET until_on = CAST(:joined AS date) - 60 WHERE person_id = :two",
            """INSERT INTO affiliations (id, person_id, entity_id, kind, is_primary, working_time_percent, from_on,
                                         revision, created_at, grade)
               SELECT gen_random_uuid(), person_id, entity_id, kind, true, 100, :joined, 1, now(), grade
                 FROM affiliations WHERE person_id IN (:one, :two)""",
        ):
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            await session.execute(text(statement), names)
    async with database.transaction() as session:
        assert (await settle_people(session, [cast.ids[COLLEAGUE], cast.ids[LEARNER]]))[0] >= 1
    found = await listed(client, f"/assignments?rule={rule['id']}", cast.token(HR))
    assert [each["person"]["id"] for each in found] == [str(cast.ids[COLLEAGUE])]
    assert day(found[0]["due_on"]) == joined + timedelta(days=90)


async def test_a_target_profile_reaches_those_for_whose_post_it_holds(
    client: AsyncClient, cast: Cast
) -> None:
    headers = cast.token(HR)
    terms = {"entity": "uneo", "course": "budgeting-a-partnership", "due_days": 30}
    by_default = await draft(client, cast, profiles=["environment-programme-officer"], **terms)
    chosen = await draft(client, cast, profiles=["legal-officer"], **terms)
    names = {}
    for rule in (by_default, chosen):
        people = await listed(client, f"/assignment-rules/{rule['id']}/people", headers)
        names[rule["id"]] = {each["person"]["id"] for each in people}
    assert str(cast.ids[LEARNER]) in names[by_default["id"]]
    assert names[chosen["id"]] == {str(cast.ids[ASSESSOR])}
    assert not names[by_default["id"]] & names[chosen["id"]]


async def test_two_who_settle_at_once_assign_once(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    """The second of two transactions finds the first one's assignments, and says nothing a second time."""
    rule = await active(client, cast, grades=["D-1"], course="nature-climate-and-water-metrics")
    assert rule["progress"]["assigned"] == 1
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE assignment_rules SET grades = '{D-1,P-5}' WHERE id = :id"), {"id": UUID(rule["id"])}
        )

    async def settle() -> int:
        async with database.transaction() as session:
            found = await active_rules(session, rule_ids=[UUID(rule["id"])])
            return (await settle_rule(session, found[0]))[0]

    assert sum(await asyncio.gather(*(settle() for _ in range(4)))) == 1
    found = await listed(client, f"/assignments?rule={rule['id']}", cast.token(HR))
    assert len(found) == 2


async def test_whom_an_import_brings_a_rule_reaches_without_waiting_for_the_night(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    rule = await active(
        client, cast, entity="uneo-kenya", course="communicating-partnerships", grades=["NO-C"]
    )
    assert rule["progress"]["assigned"] == 0
    rows = "name,email,entity,from,grade\nNjeri New,njeri@un.example,uneo-kenya,2026-01-15,NO-C\n"
    sent = await client.post(
        f"{API}/imports/people", content=rows, headers=cast.token(HR) | {"Content-Type": "text/csv"}
    )
    assert sent.status_code == 202, sent.text
    for _ in range(2):  # the import is a job, and what follows from it another
        await work_off(settings)
    found = await listed(client, f"/assignments?rule={rule['id']}", cast.token(HR))
    assert [each["person"]["name"] for each in found] == ["Njeri New"]
    counted = (await ask(client, "GET", f"/assignment-rules/{rule['id']}", cast.token(HR))).json()
    assert counted["progress"]["assigned"] == 1
