"""A joint training from proposal to published lesson, with both of its hosts signed in at once, by clicks and forms.

Only what no page asks of them is made beforehand: the partner, its screening, who holds which role. Days pass in the
database.
"""

import re
from datetime import date, timedelta

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, expect

from lms.joint_trainings.domain.checklist import Item
from lms.joint_trainings.domain.ex_ante import Question
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.invitations import service as invitations
from lms.settings import Settings
from tests.browser.training_way import IN_FRENCH, LESSON, Open, Way, fill, go, press, said
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, SENIOR, SUPERVISOR, Cast
from tests.joint_trainings.samples import make_clear
from tests.partners.samples import appoint, grant
from tests.people.invited import PASSWORD, invite, link_of

PARTNER, THEIRS, ENGINEER = "baobab-solar", "office@baobab.example", "nadia@baobab.example"
LEGAL, SIGNS, FACILITATOR = SUPERVISOR, SENIOR, SUPERVISOR
TITLE, SITTING = "Reading a memorandum together", "Clause by clause"


@pytest.fixture
async def way(
    client: AsyncClient, database: Database, cast: Cast, settings: Settings, open_browser: Open
) -> Way:
    """A partner that is clear, with a coordinator of its own; a legal officer; everybody signed in."""
    await make_clear(client, cast, database, PARTNER)
    await grant(database, cast, LEGAL, "legal_officer", "uneo")
    made = await invite(
        client, PARTNER, cast.token(FOCAL_POINT), THEIRS, name="Ama Office", entity="uneo-africa"
    )
    link = await link_of(settings, made)
    async with database.transaction() as session:
        await invitations.accept_with_password(
            session, secret=link.rpartition("/")[2], name="Ama Office", language="en",
            password=PASSWORD, hours=1, tries=10,
        )  # fmt: skip
    cast.passwords[THEIRS] = cast.passwords[ENGINEER] = PASSWORD
    await appoint(client, cast, PARTNER, THEIRS)
    found = Way(database, settings, open_browser)
    found.host, found.partner = await open_browser(FOCAL_POINT), await open_browser(THEIRS)
    return found


async def test_from_proposal_to_published_lesson(way: Way) -> None:
    await propose_and_accept(way)
    await edit_both_at_once(way)
    await assess_on_both_sides(way)
    await write_down_what_is_agreed(way)
    await clear_and_name(way)
    await sign_on_both_sides(way)
    await plan_a_session(way)
    await invite_and_book(way)
    await check_in_and_mark(way)
    await sign_the_attendance(way)
    await close_and_evaluate(way)
    await write_and_publish(way)
    await find_it_in_french(way)


async def propose_and_accept(way: Way) -> None:
    page = way.partner
    await go(page, "Joint trainings", "Propose a training")
    await fill(
        page, title=TITLE, with_entity="uneo-africa", course="legal-foundations",
        starts_on=_in_days(1), ends_on=_in_days(2), minutes="180",
    )  # fmt: skip
    await page.locator("summary", has_text="What it teaches").click()
    await page.check('input[name="competencies"][value="legal-instruments"]')
    await way.look(page, "propose")
    await press(page, "Propose")
    await said(page, "The training is proposed")
    way.training = page.url
    await go(way.host, "Joint trainings", TITLE)
    await way.look(way.host, "proposed")
    await press(way.host, "Take part")
    await said(way.host, "You take part.")


async def edit_both_at_once(way: Way) -> None:
    """The second is told, and loses nothing of what was typed."""
    for page in (way.host, way.partner):
        await page.goto(way.training)
        await go(page, "Change it")
    await fill(way.partner, aim="Both sides read one draft.")
    await press(way.partner, "Keep the changes")
    await said(way.partner, "The training is changed.")
    await fill(way.host, aim="Both sides learn to read one draft aloud.", minutes="240")
    await press(way.host, "Keep the changes")
    await said(way.host, "Somebody changed this training meanwhile")
    await way.look(way.host, "stale")
    assert await way.host.locator('[name="aim"]').input_value() == "Both sides learn to read one draft aloud."
    assert await way.host.locator('[name="minutes"]').input_value() == "240"
    await press(way.host, "Keep the changes")
    await said(way.host, "The training is changed.")
    await said(way.host, "Both sides learn to read one draft aloud.")


async def assess_on_both_sides(way: Way) -> None:
    for page in (way.partner, way.host):
        await page.goto(way.training)
        await go(page, "Assessment")
        await fill(page, **{each.value: f"An answer about {each.value}." for each in Question})
        await press(page, "Record the answers")
        await expect(
            page.get_by_text("has answered").or_(page.get_by_text("have answered")).first
        ).to_be_visible()
    await way.look(way.host, "assessment")
    await _move(way, "Mark as assessed")


async def write_down_what_is_agreed(way: Way) -> None:
    page = way.host
    await go(page, "Indicators")
    await fill(
        page, name="Contracts that name who repairs", unit="per cent", baseline="20", target="60",
        verification="A sample of contracts", measured_on=_in_days(200),
    )  # fmt: skip
    await press(page, "Add it")
    await way.look(page, "indicators")
    await go(page, "Checklist")
    for item in Item:
        await page.check(f'input[name="{item.value}"][value="yes"]')
    await press(page, "Record the answers")
    await said(page, "Every item has an answer.")
    await way.look(page, "checklist")
    await way.partner.goto(way.training)
    await go(way.partner, "Costs")
    await fill(
        way.partner, what="A room for thirty", kind="venue", for_whom="everyone", amount="900",
        basis="The daily rate",
    )  # fmt: skip
    await way.partner.locator('[name="host"]').select_option(label="Baobab Solar")
    await press(way.partner, "Add it")
    if await way.partner.get_by_role("button", name="Accept", exact=True).count():
        await press(way.partner, "Accept")
    await expect(way.partner.locator("main").get_by_text("accepted", exact=True)).to_be_visible()
    await way.look(way.partner, "costs")


async def clear_and_name(way: Way) -> None:
    """The legal office clears the standard agreement and names who signs; the partner names its own."""
    page = await way.open(LEGAL)
    await go(page, "Joint trainings", "Agreements that wait for you")
    await fill(page, entity="uneo")
    await press(page, "Clear the standard agreement")
    await said(page, "The standard agreement is cleared.")
    await way.look(page, "legal-office")
    await go(page, "Who may sign")
    await _name(page, "entity:uneo", SIGNS)
    await way.look(page, "authorities")
    await go(way.partner, "Joint trainings", "Who may sign")
    await _name(way.partner, f"partner:{PARTNER}", THEIRS)


async def _name(page: Page, of: str, person: str) -> None:
    if await page.locator('main [name="of"]').count():
        await fill(page, of=of)
    await fill(page, person=person, source="Memorandum of delegation, 3 January")
    await press(page, "Record it")
    await expect(page.locator("main table").get_by_text("Memorandum of delegation")).to_be_visible()


async def sign_on_both_sides(way: Way) -> None:
    signs = await way.open(SIGNS)
    for page in (signs, way.partner):
        await page.goto("/sessions")
        await go(page, "Agreements to sign", TITLE)
        await way.look(page, "sign")
        await page.locator("main").get_by_role("button", name=re.compile("^Sign for ")).click()
        await expect(page.get_by_text("signed by").first).to_be_visible()
    await _move(way, "Mark as agreed", "Publish")


async def _move(way: Way, *names: str) -> None:
    await way.host.goto(way.training)
    for name in names:
        await press(way.host, name)
        await said(way.host, "It is done.")


async def plan_a_session(way: Way) -> None:
    page = way.host
    await page.locator("main").get_by_role("link", name="Sessions", exact=True).click()
    await go(page, "Plan a session")
    await fill(
        page, title=SITTING, local_on=_in_days(1), local_at="09:00", zone="Africa/Nairobi", minutes="180",
        place="Room 3, Nairobi", link="https://meet.example/first", seats="20",
    )  # fmt: skip
    await way.look(page, "plan")
    await press(page, "Keep the session")
    await expect(page.locator("h1")).to_have_text(SITTING)
    way.session = page.url.partition("?")[0]
    await page.locator("summary", has_text="Name who leads it").click()
    await fill(page, person=FACILITATOR)
    await press(page, "Name them")
    await said(page, "They are named")
    await way.look(page, "session")


async def invite_and_book(way: Way) -> None:
    page = way.partner
    await page.goto(way.training)
    await page.locator("main").get_by_role("link", name="Sessions", exact=True).click()
    await go(page, SITTING, "Bookings of your people")
    await fill(page, person=ENGINEER, name="Nadia Engineer")
    await press(page, "Book or invite")
    await said(page, "Somebody who was invited")
    await way.look(page, "bookings")
    letter = await way.letter(ENGINEER)
    link = re.search(r"(/invitations/[\w-]{43})\s", letter)
    assert link and TITLE in letter, letter
    await _accept(way, link[1])
    learner = await way.open(LEARNER)
    await go(learner, "Sessions", SITTING)
    await press(learner, "Book a seat")
    await said(learner, "You have a seat.")
    await way.look(learner, "booked")


async def _accept(way: Way, link: str) -> None:
    page = await way.open(width=360)
    await page.goto(link)
    await fill(page, password=PASSWORD, password_again=PASSWORD)
    await press(page, "Accept")
    await page.goto("/sessions")
    await go(page, SITTING)
    await way.look(page, "seat-of-the-invited")
    await expect(page.get_by_text("You have a seat").first).to_be_visible()


async def check_in_and_mark(way: Way) -> None:
    await way.in_the_database(
        "UPDATE training_sessions SET starts_at = now() - interval '5 minutes',"
        " ends_at = now() + interval '175 minutes' WHERE id = CAST(:id AS uuid)"
    )
    await _move(way, "Begin")
    leads = await way.open(FACILITATOR, width=360)
    await leads.goto("/sessions")
    await go(leads, "Sessions I lead")
    await leads.get_by_role("link", name=re.compile("^Show the code")).click()
    await way.look(leads, "code")
    code = await leads.locator(".wall-code").inner_text()
    phone = await way.open(ENGINEER, width=360)
    await phone.goto("/sessions")
    await go(phone, SITTING, "Check in")
    await fill(phone, code=code)
    await way.look(phone, "check-in")
    await press(phone, "Check in")
    await said(phone, "You are checked in")
    await _mark_without_a_line(way, leads)


async def _mark_without_a_line(way: Way, page: Page) -> None:
    await page.get_by_role("link", name=re.compile("^Attendance list")).first.click()
    row = page.locator("li.line", has_text="Amina Otieno")
    await page.context.set_offline(True)
    await row.get_by_role("button", name=re.compile("^There")).click()
    await expect(row).to_contain_text("Not yet sent")
    await expect(page.locator("[data-line]")).to_contain_text("No connection")
    await way.look(page, "offline")
    await page.context.set_offline(False)
    await expect(page.locator("[data-line]")).to_have_text("All marks are sent.")
    await page.reload()
    await expect(row).to_contain_text("There, 3")


async def sign_the_attendance(way: Way) -> None:
    await way.in_the_database(
        "UPDATE training_sessions SET starts_at = now() - interval '25 hours',"
        " ends_at = now() - interval '22 hours', local_on = current_date - 1 WHERE id = CAST(:id AS uuid)"
    )
    learner = await way.open(LEARNER)
    await go(learner, "My record")
    await expect(learner.locator("main")).not_to_contain_text(TITLE)
    for page in (way.host, way.partner):
        await page.goto(way.session)
        await go(page, "Sign the attendance")
        await way.look(page, "sign-off")
        await press(page, "Sign")
        await said(page, "It is signed.")
    await learner.reload()
    await way.look(learner, "record")
    await said(learner, TITLE)
    await said(learner, "Joint training attended")


async def close_and_evaluate(way: Way) -> None:
    await way.in_the_database(
        "UPDATE joint_trainings SET starts_on = current_date - 2, ends_on = current_date - 1"
        " FROM training_sessions AS each WHERE each.training_id = joint_trainings.id AND each.id = CAST(:id AS uuid)"
    )
    await _move(way, "Close")
    learner = await way.open(LEARNER, width=360)
    await learner.goto("/sessions")
    await go(learner, "Your view of trainings")
    await way.look(learner, "asked")
    await learner.locator("main a.line-title").first.click()
    for group in await learner.locator("main fieldset").all():
        await group.locator("input").nth(3).check()
    await way.look(learner, "reaction")
    await press(learner, "Send")
    await learner.wait_for_url("**/evaluations")
    await _record_results(way)


async def _record_results(way: Way) -> None:
    page = way.host
    await go(page, "Evaluation")
    await page.locator("summary", has_text="Record a value").click()
    await fill(page, value="55", occurred_on=_in_days(0), source="Ten contracts of May")
    await press(page, "Record the value")
    await said(page, "Ten contracts of May")
    await way.look(page, "results")
    await way.partner.goto(way.training)
    await go(way.partner, "Evaluation")
    await press(way.partner, "Confirm the value")
    await said(way.partner, "confirmed by")


async def write_and_publish(way: Way) -> None:
    page = way.host
    await page.goto(way.training)
    await go(page, "Lesson")
    await fill(page, **LESSON)
    await press(page, "Save")
    await said(page, "The lesson is saved.")
    await way.look(page, "lesson")
    await way.partner.goto(way.training)
    await go(way.partner, "Lesson")
    await way.look(way.partner, "lesson-partner")
    await _confirm(way.partner, "Approve this text")
    await said(way.partner, "Approved.")
    await page.reload()
    await press(page, "Save and hand in for review")
    await said(page, "The lesson is handed in.")
    reviewer = await way.open(COORDINATOR)
    await reviewer.goto("/lessons")
    await go(reviewer, "Lessons to review", LESSON["title"])
    await way.look(reviewer, "review")
    await press(reviewer, "Publish")
    await said(reviewer, "The lesson is published.")
    await _translate(way, reviewer)


async def _confirm(page: Page, name: str) -> None:
    """A step that asks once more."""
    await page.locator("main summary", has_text=name).click()
    await press(page, name)


async def _translate(way: Way, reviewer: Page) -> None:
    page = way.host
    await page.goto("/lessons")
    await go(page, LESSON["title"], "Translate it: Français")
    await fill(page, **IN_FRENCH)
    await press(page, "Keep the translation")
    await said(page, "The translation is kept.")
    await way.partner.goto(page.url)
    await go(way.partner, "Check the translation: Français")
    await _confirm(way.partner, "Approve this text")
    await said(way.partner, "This host has approved exactly this text.")
    await reviewer.goto(page.url)
    await go(reviewer, "Check the translation: Français")
    await way.look(reviewer, "translation")
    await press(reviewer, "Accept it")
    await expect(reviewer.get_by_role("button", name="Accept it")).to_have_count(0)


async def find_it_in_french(way: Way) -> None:
    page = await way.open(LEARNER, language="fr")
    await page.goto("/lessons")
    await page.locator("#field-q").fill("haute voix")
    await page.press("#field-q", "Enter")
    await page.get_by_role("link", name=IN_FRENCH["title"]).click()
    await expect(page.locator("main")).to_contain_text(IN_FRENCH["failed"])
    await expect(page.locator("main")).to_contain_text("Baobab Solar")
    await way.look(page, "in-french")


def _in_days(number: int) -> str:
    day: date = clock.today() + timedelta(days=number)
    return day.isoformat()
