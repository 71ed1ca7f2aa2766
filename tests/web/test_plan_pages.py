"""Pages of plans without script: suggested, made one's own, adjusted; proposed, compared, decided."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.i18n import LANGUAGES
from lms.plans.service import follow
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    FOCAL_POINT,
    HR,
    LEARNER,
    OTHER_LEARNER,
    SUPERVISOR,
    Cast,
)
from tests.web.counting import statements
from tests.web.readers import Reader, words

LIMIT = 50_000  # bytes of our own on a page
ESSENTIALS, ELSEWHERE = "partnership-essentials", "preparedness-and-surge"  # the second: for another focus
TODAY = clock.today()
_STEP = re.compile(r'<li class="step[^"]*" id="course-([a-z0-9-]+)"')
_PROPOSAL = re.compile(r'href="(/plan/proposals/[0-9a-f-]{36})"')


@pytest.fixture(scope="module")
async def learner(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, LEARNER)


@pytest.fixture(scope="module")
async def supervisor(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, SUPERVISOR)


def steps(page: str) -> list[str]:
    """Courses of the plan on a page, in order."""
    return _STEP.findall(page)


async def wish(reader: Reader, course: str, wanted: str) -> str:
    return await reader.send(f"/plan/courses/{course}", wish=wanted)


# -- before there is one -------------------------------------------------------------------------------------


async def test_before_there_is_a_plan_one_is_suggested_with_one_thing_to_do(learner: Reader) -> None:
    page = await learner.get("/plan")
    assert '<a href="/plan" aria-current="page">My plan</a>' in page
    assert page.count("button-primary") == 1
    assert "Make this my plan" in page
    assert "Your entity gives you about 45 min a week." in words(page)
    assert len(steps(page)) > 2
    assert page.count("Why this step") == len(steps(page))
    assert "Your profile asks for “" in words(page)
    assert "The same figures as a table" in page
    assert "Left out, and why" in page
    assert len(page.encode()) < LIMIT


async def test_the_suggestion_can_be_looked_at_within_other_terms_and_nothing_is_kept(
    learner: Reader, database: Database
) -> None:
    whole = steps(await learner.get("/plan"))
    due = (TODAY + timedelta(days=28)).isoformat()
    page = await learner.send("/plan/new", do="preview", due_on=due, weekly_minutes="60")
    assert 0 < len(steps(page)) < len(whole)
    assert f'value="{due}"' in page
    assert "of the time until your day" in words(page)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM plans")) == 0
        assert await session.scalar(text("SELECT count(*) FROM learning_times")) == 0


@pytest.mark.parametrize("do", ["make", "preview"])
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("due_on", "3", "there is no whole week to learn in"),
        ("due_on", "0", "Choose a day to come."),
        ("due_on", "soon", "Write the day as year, month and day"),
        ("weekly_minutes", "4", "Write whole minutes, from 5 to 2400."),
        ("weekly_minutes", "2401", "Write whole minutes, from 5 to 2400."),
        ("weekly_minutes", "an hour", "Write whole minutes, from 5 to 2400."),
        ("weekly_minutes", "99999999999999999999", "Write whole minutes, from 5 to 2400."),
    ],
)
async def test_what_cannot_be_planned_with_is_said_and_what_was_typed_stays(
    do: str, field: str, value: str, says: str, learner: Reader
) -> None:
    if field == "due_on" and value.isdigit():
        value = (TODAY + timedelta(days=int(value))).isoformat()
    await learner.get("/plan/new")
    page = await learner.send("/plan/new", 422, do=do, **{field: value})
    assert says in words(page)
    assert f'href="#field-{field}"' in page
    assert f'value="{value}"' in page
    assert steps(page)


async def test_without_a_profile_it_says_what_to_do(app: FastAPI, cast: Cast, database: Database) -> None:
    async with database.transaction() as session:
        changed = "UPDATE affiliations SET kind = 'intern' WHERE person_id = :who"
        await session.execute(text(changed), {"who": cast.ids[OTHER_LEARNER]})
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    page = await reader.get("/plan")
    assert "No target profile holds for you" in page
    assert "Human resources or the focal point of your entity names one" in page
    assert 'href="/courses"' in page
    assert "Make this my plan" not in page
    page = await reader.send("/plan/new", 422, do="make")
    assert "No target profile says what the work asks for" in page
    assert "What could be next" not in await reader.get(
        "/learning"
    )  # the catalogue's first course is there instead
    assert "Look at this course" in reader.page


# -- one's own -----------------------------------------------------------------------------------------------


async def test_made_ones_own_it_says_what_is_next_and_how_far_each_step_is(learner: Reader) -> None:
    await learner.get("/plan")
    page = await learner.send("/plan/new", do="make", weekly_minutes="60")
    assert learner.path == "/plan"
    assert "This is your plan now." in page
    assert "1 h a week, as you have set it." in words(page)
    assert page.count("button-primary") == 1
    order = steps(page)
    assert page.count("Not started") == len(order)
    assert f'href="/courses/{order[0]}">Begin</a>' in page
    await learner.send(f"/courses/{order[0]}/enrol", language="en")
    page = await learner.get("/plan")
    assert f'href="/learn/{order[0]}">Begin</a>' in page
    first = re.search(rf'/learn/{order[0]}/([a-z0-9-]+)"', await learner.get(f"/learn/{order[0]}"))
    assert first
    await learner.send(f"/learn/{order[0]}/{first[1]}/read")
    page = await learner.get("/plan")
    assert f'href="/learn/{order[0]}">Continue</a>' in page
    assert page.count("In progress") == 1
    assert len(page.encode()) < LIMIT


async def test_a_dropped_course_leaves_says_so_and_comes_back(learner: Reader) -> None:
    before = steps(await learner.get("/plan"))
    gone = before[-1]
    assert "is not suggested again until you undo it" in learner.page
    page = await wish(learner, gone, "dropped")
    assert learner.path == "/plan"
    assert "is dropped. To undo it, look under what was left out." in words(page)
    assert gone not in steps(page)
    left = page[page.index("Left out, and why") :]
    assert "You dropped it." in left[: left.index("</li>")]
    assert f'formaction="/plan/courses/{gone}" name="wish" value="">Undo' in left
    assert "You decided about a course. Went out: “" in words(page)
    page = await wish(learner, gone, "")
    assert "is left to the plan again" in words(page)
    assert steps(page) == before


async def test_a_course_that_was_left_out_can_be_taken_in_and_is_marked(learner: Reader) -> None:
    page = await learner.get("/plan")
    assert "It is made for another focus than your entity’s: Humanitarian relief." in words(page)
    page = await wish(learner, ELSEWHERE, "pinned")
    assert ELSEWHERE in steps(page)
    assert "stays in your plan" in words(page)
    assert "You keep it in" in page
    assert "You want it in your plan, whatever else it holds." in words(page)
    page = await wish(learner, ELSEWHERE, "")
    assert ELSEWHERE not in steps(page)
    await learner.send("/plan/courses/no-such-course", 404, wish="pinned")


async def test_what_a_completion_changed_is_said_with_the_course(
    learner: Reader, client: AsyncClient, cast: Cast, database: Database
) -> None:
    other = "budgeting-a-partnership"
    assert other not in steps(await learner.get("/plan"))
    async with database.transaction() as session:  # as if it had been planned before
        step = "jsonb_build_object('kind', 'course', 'key', CAST(:other AS text))"
        planned = f"jsonb_set(content, '{{steps,99}}', {step})"
        await session.execute(text(f"UPDATE plans SET content = {planned}"), {"other": other})
    completed = {"person": LEARNER, "course": ESSENTIALS, "occurred_on": str(TODAY), "source": "elsewhere"}
    sent = await client.post(
        "/api/v1/completions/batch",
        json={"completions": [completed]},
        headers=cast.token(HR),
    )
    assert sent.json()["recorded"] == 1, sent.text
    async with database.transaction() as session:
        await follow(session, person_ids=[cast.ids[LEARNER]], cause="completions.course_completed")
    page = await learner.get("/plan")
    lines = re.findall(r"You completed “Partnership essentials”\..*?Went out: ([^.]+)\.", words(page))
    assert lines, words(page)
    assert "“Budgeting a partnership”" in lines[0]


async def test_the_next_course_anywhere_is_the_plans_with_its_reason(
    learner: Reader, app: FastAPI, cast: Cast
) -> None:
    reader = await Reader(app).sign_in(cast, ASSESSOR)
    page = await reader.get("/learning")  # has no plan: the one there could be
    suggested = steps(await reader.get("/plan"))[0]
    assert f'href="/courses/{suggested}">Look at this course' in page
    assert "Your profile asks for “" in words(page)
    assert "Next in your plan" not in page
    await reader.send("/plan/new", do="make")
    assert "Next in your plan" in await reader.get("/learning")


async def test_a_plan_costs_the_same_however_long_it_is(app: FastAPI, learner: Reader) -> None:
    more_courses = (ELSEWHERE, "conflict-sensitive-partnering", "fraud-and-financial-risk")
    await learner.get("/plan")
    with statements(app) as few:
        before = await learner.get("/plan")
    for course in more_courses:
        await wish(learner, course, "pinned")
    await learner.get("/plan")
    with statements(app) as more:
        after = await learner.get("/plan")
    for course in more_courses:
        await wish(learner, course, "")
    assert len(steps(after)) > len(steps(before))
    assert len(more) == len(few) <= 20


@pytest.mark.parametrize("language", sorted(LANGUAGES))
async def test_it_is_there_in_every_language(language: str, app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER, language)
    for path in ("/plan", "/plan/new", "/plan/time"):
        page = await reader.get(path)
        assert len(page.encode()) < LIMIT
        assert (language == "en") == ("a week" in words(page))


# -- learning time and calendar ------------------------------------------------------------------------------


async def test_learning_time_is_kept_and_mistakes_are_named(learner: Reader) -> None:
    page = await learner.get("/plan/time")
    assert 'value="2" selected>Wednesday' in page
    page = await learner.send("/plan/time", 422, weekly_minutes="", weekday="7", starts_at="25:00")
    assert re.findall(r'<li><a href="#field-(\w+)">', page) == ["weekly_minutes", "weekday", "starts_at"]
    page = await learner.send("/plan/time", weekly_minutes="90", weekday="0", starts_at="09:30")
    assert "Your learning time is kept." in page
    assert 'value="90"' in page
    assert 'value="0" selected>Monday' in page
    assert 'value="09:30"' in page
    assert "1 h 30 min a week, as you have set it." in words(await learner.get("/plan"))


async def test_a_calendar_address_is_shown_once_and_taken_back(
    learner: Reader, app: FastAPI, cast: Cast, client: AsyncClient
) -> None:
    await learner.get("/plan/time")
    page = await learner.send("/plan/time/calendar")
    found = re.search(r'<code class="secret" dir="ltr">([^<]+)</code>', page)
    assert found
    path = found[1].removeprefix(app.state.settings.base_url)
    assert (await client.get(path)).status_code == 200
    page = await learner.get("/plan/time")
    assert path not in page
    revoke = re.search(r'action="(/plan/time/calendar/[0-9a-f-]+/revoke)"', page)
    assert revoke
    other = await Reader(app).sign_in(cast, ASSESSOR)
    await other.send(revoke[1], 404)
    assert "The address is taken back." in await learner.send(revoke[1])
    assert (await client.get(path)).status_code == 404


# -- proposing -----------------------------------------------------------------------------------------------


async def propose(
    reader: Reader, cast: Cast, email: str, *, courses: list[str], place: str = "/team/plans"
) -> str:
    address = f"{place}/{cast.ids[email]}"
    await reader.get(address)
    return await reader.send(address, do="send", courses=courses)


async def test_a_plan_is_looked_at_before_it_is_sent_and_says_nothing_of_where_the_person_stands(
    supervisor: Reader, cast: Cast, database: Database
) -> None:
    team = await supervisor.get("/team")
    address = f"/team/plans/{cast.ids[COLLEAGUE]}"
    assert f'href="{address}"' in team
    page = await supervisor.get(address)
    assert page.count("button-primary") == 1
    assert "Send the proposal" not in page
    due = (TODAY + timedelta(days=200)).isoformat()
    page = await supervisor.send(address, courses=[ELSEWHERE], due_on=due, weekly_minutes="90")
    assert page.count("button-primary") == 1
    assert "This is what you would propose" in page
    assert "You ask for it" in page
    assert f'value="{ELSEWHERE}" checked' in page
    assert f'value="{due}"' in page
    said = words(page)
    assert "The target profile asks for “" in said
    for told in (
        "you have no valid record",
        "you stand",
        "which you have completed",
        "quizzes give",
        "Your profile",
    ):
        assert told not in said
    async with database.reading() as session:
        proposed = "SELECT count(*) FROM plans WHERE person_id = :who"
        assert await session.scalar(text(proposed), {"who": cast.ids[COLLEAGUE]}) == 0
    page = await supervisor.send(address, do="send", courses=[ELSEWHERE], due_on=due, weekly_minutes="90")
    assert "The plan is proposed; the person gets a mail, and decides." in page
    assert "Not decided yet" in page
    assert "Not decided yet" in await supervisor.get("/team")


async def test_mistakes_of_a_proposal_are_named(supervisor: Reader, cast: Cast) -> None:
    address = f"/team/plans/{cast.ids[COLLEAGUE]}"
    await supervisor.get(address)
    page = await supervisor.send(address, 422, due_on=str(TODAY), weekly_minutes="x", courses=["a"] * 21)
    assert re.findall(r'<li><a href="#field-(\w+)">', page) == ["due_on", "weekly_minutes", "courses"]
    page = await supervisor.send(address, 422, courses=["no-such-course"])
    assert "is not on offer any more" in page
    page = await supervisor.send(address, 422, do="send", courses=["no-such-course"])
    assert 'href="#field-courses"' in page
    soon = (TODAY + timedelta(days=2)).isoformat()
    assert "there is no whole week" in await supervisor.send(address, 422, due_on=soon)


async def test_it_is_seen_beside_ones_own_and_accepted(
    supervisor: Reader, learner: Reader, cast: Cast, app: FastAPI
) -> None:
    own = steps(await learner.get("/plan"))
    await propose(supervisor, cast, LEARNER, courses=[ELSEWHERE])
    assert "Daniel Okafor proposes a plan." in words(await learner.get("/learning"))
    page = await learner.get("/plan")
    found = _PROPOSAL.search(page)
    assert found
    stranger = await Reader(app).sign_in(cast, ASSESSOR)
    await stranger.get(found[1], 404)
    await stranger.send(found[1], 404, decision="accept")
    page = await learner.get(found[1])
    assert "It adds “Preparedness and surge”" in words(page)
    assert f"{len(set(own) & set(steps(page)))} steps are in both." in words(page)
    assert "Daniel Okafor asks for it." in words(page)
    assert page.count("button-primary") == 1
    assert len(page.encode()) < LIMIT
    for _ in range(2):  # whoever clicks twice has accepted once
        page = await learner.send(found[1], decision="accept")
        assert learner.path == "/plan"
    assert ELSEWHERE in steps(page)
    assert "proposes a plan" not in page
    assert "Accepted on" in await supervisor.get(f"/team/plans/{cast.ids[LEARNER]}")
    await learner.get(found[1], 404)


async def test_declined_it_changes_nothing_and_the_proposer_sees_that_alone(
    supervisor: Reader, learner: Reader, cast: Cast
) -> None:
    own = steps(await learner.get("/plan"))
    await propose(supervisor, cast, LEARNER, courses=["fraud-and-financial-risk"])
    found = _PROPOSAL.search(await learner.get("/plan"))
    assert found
    page = await learner.send(found[1], decision="decline")
    assert "You declined the plan that Daniel Okafor proposed." in words(page)
    assert steps(page) == own
    page = await supervisor.get(f"/team/plans/{cast.ids[LEARNER]}")
    assert "Declined on" in page
    listed = page[page.index('id="proposed"') :]
    assert not [course for course in own if f"/{course}" in listed]


async def test_a_focal_point_proposes_to_their_entity_and_sees_no_other(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await reader.get("/plans")
    assert '<a href="/plans" aria-current="page">Plans</a>' in page
    assert "Wanjiru Kamau" in page
    assert "Ingrid Solberg" not in page  # of the entity above
    assert "ليلى" not in page
    page = await reader.get("/plans?q=kamau")
    assert "Wanjiru Kamau" in page
    assert "Daniel Okafor" not in page
    assert "Nobody was found" in await reader.get("/plans?q=zzzz")
    page = await propose(reader, cast, COLLEAGUE, courses=[], place="/plans")
    assert "Not decided yet" in page
    listed = page[page.index('id="proposed"') :]
    assert "Preparedness" not in listed  # what the supervisor proposed is not theirs to see
    for who in (ASSESSOR, OTHER_LEARNER, FOCAL_POINT):
        await reader.get(f"/plans/{cast.ids[who]}", 403)
        await reader.send(f"/plans/{cast.ids[who]}", 403, do="send")


async def test_the_list_of_people_costs_the_same_with_more_proposed(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get("/plans")
    with statements(app) as few:
        await reader.get("/plans")
    await propose(reader, cast, SUPERVISOR, courses=[], place="/plans")
    with statements(app) as more:
        await reader.get("/plans")
    assert len(more) == len(few)


@pytest.mark.parametrize("email", [LEARNER, HR, ADMIN])
async def test_nobody_else_proposes(email: str, app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, email)
    await reader.get("/plans", 403)
    for place in ("/plans", "/team/plans"):
        await reader.get(f"{place}/{cast.ids[COLLEAGUE]}", 403)


# -- hours ---------------------------------------------------------------------------------------------------


async def test_hours_are_totals_and_those_of_a_few_are_not_shown(app: FastAPI, cast: Cast) -> None:
    for email, place in ((FOCAL_POINT, "/plans"), (HR, "/reports/recognition")):
        reader = await Reader(app).sign_in(cast, email)
        page = await reader.get("/reports/learning-time")
        assert re.search(rf'<a href="{place}" aria-current="page">', page)
        assert "not shown" in page
        assert "Otieno" not in page
        assert 'href="/api/v1/reports/learning-time.csv?entity=' in page
    assert 'href="/reports/learning-time?entity=uneo"' in await reader.get("/reports/recognition")
    await reader.get("/reports/learning-time?entity=unro", 404)
    page = await reader.get("/reports/learning-time?year=1800&kind=nobody")
    assert f'value="{TODAY.year}" selected' in page
    await (await Reader(app).sign_in(cast, LEARNER)).get("/reports/learning-time", 403)


def test_what_is_told_of_a_step_is_what_it_is_for() -> None:
    from lms.web.proposing import TOLD, _told

    step: dict[str, Any] = {
        "key": "a",
        "reasons": [
            {
                "why": "closes",
                "facts": {"competency": "c", "wanted": 2, "held": 1, "by_quizzes": 0, "by_work": 2},
            },
            {"why": "work_left", "facts": {}},
            {"why": "pinned", "facts": {}},
            {"why": "needs", "facts": {"courses": ["b"]}},
        ],
    }
    assert _told(step)["reasons"] == [{"why": "closes", "facts": {"competency": "c", "wanted": 2}}]
    assert {each.value for each in TOLD} == {"closes", "practice_only", "needed_by"}
