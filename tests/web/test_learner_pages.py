"""The learner's pages without script: every step by links and forms, nothing typed lost, queries that do not grow."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import event

from lms.catalogue import queries as catalogue_queries
from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_course, get_edition
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.i18n import LANGUAGES
from lms.web import catalogue
from lms.web.catalogue import OwnCourses
from lms.web.course_view import html_of
from tests.cast import ASSESSOR, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, Cast
from tests.web.readers import Reader

COURSE = "partnership-essentials"
WORK = "judge-a-proposal"
LIMIT = 50_000  # bytes of our own on a page


@pytest.fixture(scope="module")
async def learner(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, LEARNER)


@pytest.fixture(scope="module")
async def other(app: FastAPI, cast: Cast) -> Reader:
    return await Reader(app).sign_in(cast, OTHER_LEARNER)


@pytest.fixture(scope="module")
async def edition(database: Database) -> Edition:
    async with database.reading() as session:
        return await get_edition(session, (await get_course(session, COURSE)).version_id)


@pytest.fixture(scope="module")
async def enrolled(learner: Reader) -> Reader:
    await learner.send(f"/courses/{COURSE}/enrol", language="en")
    return learner


@contextmanager
def counted(app: FastAPI) -> Iterator[list[str]]:
    """SQL statements sent while the block runs."""
    statements: list[str] = []
    engine = app.state.database.engine.sync_engine

    def note(_c, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


# -- a visitor ---------------------------------------------------------------------------------------------


async def test_signed_out_one_page_says_what_this_is(app: FastAPI) -> None:
    reader = Reader(app)
    page = await reader.get("/")
    assert all(language.own_name in page for language in LANGUAGES.values())
    assert 'href="/sign-in"' in page
    assert "Learner</button>" in page


async def test_a_door_of_the_demo_signs_in(app: FastAPI, cast: Cast) -> None:
    reader = Reader(app)
    await reader.send("/sign-in", email=LEARNER, password=cast.passwords[LEARNER], next="/record")
    assert reader.path == "/record"


async def test_a_failed_sign_in_keeps_what_was_typed(app: FastAPI) -> None:
    page = await Reader(app).send(
        "/sign-in", 401, email="nobody@demo.example", password="wrong", next="/courses"
    )
    assert 'value="nobody@demo.example"' in page
    assert "error-summary" in page
    assert 'value="/courses"' in page
    assert "wrong" not in page.replace("field-wrong", "")


async def test_whoever_is_not_signed_in_is_led_there_and_back(app: FastAPI) -> None:
    reader = Reader(app)
    page = await reader.get("/courses?focus=environment")
    assert reader.path == "/sign-in"
    assert 'name="next" value="/courses?focus=environment"' in page


# -- the catalogue -----------------------------------------------------------------------------------------


async def test_courses_stand_under_the_words_that_say_why(learner: Reader) -> None:
    page = await learner.get("/courses")
    assert "For every focus" in page
    assert f'href="/courses/{COURSE}"' in page


async def test_only_a_course_one_is_on_has_a_status(other: Reader, enrolled: Reader) -> None:
    assert "Not started" not in await other.get("/courses")
    assert "Not started" not in await other.get(f"/courses/{COURSE}")
    assert (await enrolled.get("/courses")).count("Not started") == 1


async def test_filters_stand_in_the_address_and_an_empty_list_says_what_to_do(learner: Reader) -> None:
    page = await learner.get("/courses?competency=results-and-indicators&q=")
    assert 'href="/courses/indicators-and-baselines"' in page
    assert f'href="/courses/{COURSE}"' not in page
    page = await learner.get("/courses?q=zzzz")
    assert "No course fits" in page
    assert 'href="/courses"' in page
    await learner.get("/courses?cursor=nonsense", 422)


async def test_the_list_says_how_many_courses_there_are(
    app: FastAPI, learner: Reader, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.reading() as session:
        offered = await catalogue_queries.titles_on_offer(session, language="en")
    assert f"<span>{len(offered)} courses</span>" in await learner.get("/courses")
    page = await learner.get("/courses?competency=results-and-indicators")
    few = page.count('class="course"')
    assert 1 < few < len(offered)
    assert f"<span>{few} courses found</span>" in page
    assert "found</span>" not in await learner.get("/courses?q=zzzz")
    with counted(app) as whole:
        await learner.get("/courses?competency=results-and-indicators")
    monkeypatch.setattr(catalogue, "PAGE_SIZE", few - 1)
    with counted(app) as in_pages:
        page = await learner.get("/courses?competency=results-and-indicators")
    assert f"<span>{few} courses found</span>" in page
    assert len(in_pages) <= len(whole) + 1
    following = re.search(r'<a rel="next" href="([^"]+)"', page)
    assert following
    page = await learner.get(following[1].replace("&amp;", "&"))
    assert (page.count('class="course"'), f"<span>{few} courses found</span>" in page) == (1, True)


async def test_labels_of_the_taxonomy_speak_the_readers_language(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER, "ar")
    page = await reader.get("/courses")
    assert '<html lang="ar" dir="rtl">' in page
    async with app.state.database.reading() as session:
        taxonomy = await catalogue_queries.get_taxonomy(session)
    assert taxonomy.focuses[0].name.for_reader("ar") in page
    for each in taxonomy.competencies:
        marked = "" if each.name.language_for("ar") == "ar" else ' lang="en" dir="ltr"'
        assert f'<option value="{each.key}"{marked}>{each.name.for_reader("ar")}</option>' in page


async def test_what_is_in_another_language_than_the_page_says_so(
    app: FastAPI, cast: Cast, enrolled: Reader, edition: Edition
) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER, "ar")
    page = await reader.get(f"/courses/{COURSE}")
    known = [(key, LANGUAGES[key]) for key in edition.course.languages]
    marked = [f'<bdi lang="{key}" dir="{each.direction}">{each.own_name}</bdi>' for key, each in known]
    assert " · ".join(marked) in page
    assert '<option value="fr" lang="fr" dir="ltr">Français</option>' in await reader.get(f"/learn/{COURSE}")
    assert '<ol class="sources" lang="en" dir="ltr">' in page
    page = await reader.get(f"/learn/{COURSE}/{WORK}")
    assert re.search('<a href="/learn/[a-z-]+"><bdi lang="en" dir="ltr">', page)
    assert "bdi" not in page[page.index("<title>") : page.index("</title>")]


async def test_a_course_says_what_it_teaches_and_offers_one_thing_to_do(
    other: Reader, edition: Edition
) -> None:
    page = await other.get(f"/courses/{COURSE}")
    assert page.count("button-primary") == 1
    assert "Enrol in this course" in page
    assert "level 1" in page
    assert "level 2" in page
    assert edition.course.sources[0].title.split(",")[0].replace("&", "&amp;") in page
    optional = page.index("(optional)")
    assert (
        page.index("What you learn")
        < page.index(">Modules</h2>")
        < optional
        < page.index("About this course")
    )
    await other.get("/courses/no-such-course", 404)


def test_work_with_its_assessor_is_said_of_a_completed_course_too(edition: Edition) -> None:
    done = {each.key: {"state": "completed", "at": ""} for each in edition.course.required_activities}
    for progress, waits in ((done, False), (done | {WORK: {"state": "submitted", "at": ""}}, True)):
        enrolment = SimpleNamespace(course_version_id=1, state="completed", progress=progress, renews_id=None)
        own = OwnCourses({2: enrolment}, {1: edition}, {}, clock.today())  # type: ignore[dict-item]
        assert own.waits(2) is waits  # type: ignore[arg-type]
    assert not own.waits(3)  # type: ignore[arg-type]


# -- the player --------------------------------------------------------------------------------------------


async def test_whoever_is_not_enrolled_is_led_to_the_course(other: Reader, edition: Edition) -> None:
    await other.get(f"/learn/{COURSE}/{edition.course.activities[0].key}")
    assert other.path == f"/courses/{COURSE}"
    await other.send(f"/learn/{COURSE}/{edition.course.activities[0].key}/read", 404)


async def test_enrolling_leads_to_the_course_and_twice_is_once(enrolled: Reader) -> None:
    await enrolled.send(f"/courses/{COURSE}/enrol")
    assert enrolled.path == f"/learn/{COURSE}"
    page = await enrolled.get(f"/courses/{COURSE}")
    assert "Continue the course" in page
    assert "Enrol in this course" not in page
    page = await enrolled.get(f"/learn/{COURSE}")
    assert '<a href="/learning" aria-current="page">' in page
    assert page.count("(optional)") == 1


async def test_a_page_shows_text_sources_and_what_is_next(enrolled: Reader, edition: Edition) -> None:
    pages = [each for each in edition.course.activities if each.kind == "page"]
    first, second = pages[0], edition.course.activities[1]
    page = await enrolled.get(f"/learn/{COURSE}/{first.key}")
    assert str(html_of(edition.page(first.key, "en").body, edition.course.sources)) in page
    assert "Mark as read and continue" in page
    for each in pages:
        page = await enrolled.get(f"/learn/{COURSE}/{each.key}")
        for cited in set(re.findall(r'href="#source-([a-z0-9-]+)"', page)):
            assert f'id="source-{cited}"' in page
    await enrolled.send(f"/learn/{COURSE}/{first.key}/read")
    assert enrolled.path == f"/learn/{COURSE}/{second.key}"


async def test_the_place_is_remembered_to_the_paragraph(enrolled: Reader, edition: Edition) -> None:
    key = next(each.key for each in edition.course.activities[1:] if each.kind == "page")
    await enrolled.send(f"/learn/{COURSE}/{key}/place", 204, paragraph=3)
    assert 'data-place="3"' in await enrolled.get(f"/learn/{COURSE}/{key}")
    page = await enrolled.get("/learning")
    assert f'href="/learn/{COURSE}/{key}"' in page
    assert "In progress" in await enrolled.get("/courses")


async def test_the_language_of_a_course_can_change_and_progress_stays(
    enrolled: Reader, edition: Edition
) -> None:
    first = edition.course.activities[0]
    for language in edition.course.languages:
        await enrolled.send(f"/learn/{COURSE}/language", language=language)
        page = await enrolled.get(f"/learn/{COURSE}/{first.key}")
        assert str(html_of(edition.page(first.key, language).body, edition.course.sources)) in page
        assert "Completed" in page
    await enrolled.send(f"/learn/{COURSE}/language", language="tlh")
    await enrolled.send(f"/learn/{COURSE}/language", language="en")


async def test_pages_of_the_player_cost_a_handful_of_queries(
    app: FastAPI, enrolled: Reader, edition: Edition
) -> None:
    for activity in (None, *edition.course.activities):
        with counted(app) as statements:
            await enrolled.get(f"/learn/{COURSE}" + (f"/{activity.key}" if activity else ""))
        assert len(statements) <= 4, statements


async def test_a_quiz_gives_back_what_was_typed_and_hands_in_nothing_by_mistake(
    enrolled: Reader, edition: Edition
) -> None:
    quiz = "why-and-when-not-quiz"
    address = await enrolled.begin_quiz(COURSE, quiz)
    fields = enrolled.right(edition, quiz)
    name = next(iter(fields))
    page = await enrolled.send(address, 422, **{name: fields[name]}, do="submit")
    assert "is not answered" in page
    assert "Hand in with questions left empty" in page
    assert f'value="{fields[name][0]}"' in page
    await enrolled.send(address, **{name: fields[name]}, do="save")
    assert enrolled.path == f"/learn/{COURSE}"
    page = await enrolled.get(f"/learn/{COURSE}/{quiz}")
    assert re.search(rf'value="{re.escape(fields[name][0])}"( checked| selected|)', page)
    await enrolled.send(address, 204, do="draft", **fields)
    page = await enrolled.send(address, do="submit", **fields)
    assert "Passed with 100%" in page
    again = await enrolled.send(address, do="submit", **{name: ["nonsense"]})
    assert "Passed with 100%" in again


async def test_a_result_shows_what_was_said_and_no_answer_before_passing(
    enrolled: Reader, edition: Edition
) -> None:
    quiz = "four-modalities-quiz"
    address = await enrolled.begin_quiz(COURSE, quiz)
    page = await enrolled.send(address, do="submit-anyway")
    assert "Not passed yet: 0%" in page
    assert "Try again" in page
    assert "what was said about your answers" not in page, "nothing was answered, so nothing is said of it"
    assert "the right answer" not in page
    assert "The right answer:" not in page


async def test_what_was_said_about_wrong_answers_is_pointed_to(enrolled: Reader, edition: Edition) -> None:
    quiz = "four-modalities-quiz"
    address = await enrolled.begin_quiz(COURSE, quiz)
    right = enrolled.right(edition, quiz)
    wrong = {}
    for question in edition.quiz(quiz, "en").questions:
        for name, given in right.items():
            if question.kind == "one_choice" and given[0] in [each.id for each in question.options]:
                wrong[name] = [each.id for each in question.options if each.id != given[0]][:1]
    assert wrong
    page = await enrolled.send(address, do="submit-anyway", **wrong)
    assert 'class="answer-says"' in page
    assert page.count('<a href="#answers">Read what was said about your answers first</a>') == 2


async def test_an_attempt_is_its_learners_alone(enrolled: Reader, other: Reader) -> None:
    address = await enrolled.begin_quiz(COURSE, "four-modalities-quiz")
    await other.get(address, 404)
    await other.send(address, 404, do="submit-anyway")


async def test_a_form_sent_after_the_sign_in_ended_leads_back_to_where_it_stood(app: FastAPI) -> None:
    reader = Reader(app)
    form = f"http://test/learn/{COURSE}/{WORK}?from=mail"
    for before, leads_to in (
        (form, f"?next=%2Flearn%2F{COURSE}%2F{WORK}%3Ffrom%3Dmail"),
        ("http://bad.test/x", ""),
    ):
        answer = await reader.client.post(f"/learn/{COURSE}/{WORK}/work", headers={"referer": before})
        assert answer.status_code == 401
        assert f'class="button button-primary" href="/sign-in{leads_to}"' in answer.text


async def test_a_form_without_its_token_changes_nothing(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    reader.token = ""
    await reader.send(f"/courses/{COURSE}/enrol", 403)


async def test_work_comes_back_with_what_is_to_be_corrected(enrolled: Reader) -> None:
    address = f"/learn/{COURSE}/{WORK}/work"
    page = await enrolled.get(f"/learn/{COURSE}/{WORK}")
    jump = page.index('<a href="#hand-in">Hand in your work</a>')
    assert (
        jump < page.index("How your work is assessed") < page.index('<h2 id="hand-in">Hand in your work</h2>')
    )
    assert "error-summary" in await enrolled.send(address, 422, words="  ")
    page = await enrolled.send(
        address, 422, words="My judgement.", files={"file": ("virus.exe", b"MZ", "application/pdf")}
    )
    assert "This file is not taken" in page
    assert "My judgement." in page


async def test_work_waits_and_is_assessed_and_can_be_handed_in_again(
    enrolled: Reader, client: AsyncClient, cast: Cast, edition: Edition
) -> None:
    here = f"/learn/{COURSE}/{WORK}"
    page = await enrolled.send(
        f"{here}/work", words="My judgement.", files={"file": ("work.md", b"# Work", "text/markdown")}
    )
    assert "waits for its assessor" in page
    assert "#hand-in" not in page
    assert "work.md" in page
    waiting = (await client.get("/api/v1/submissions", headers=cast.token(ASSESSOR))).json()["items"]
    criteria = edition.assignment(WORK, "en").criteria
    for points, says in ((0, "Not passed yet"), (None, "Passed with 100%")):
        given = {each.id: each.max_points if points is None else points for each in criteria}
        answer = await client.post(
            f"/api/v1/submissions/{waiting[0]['id']}/assessment",
            json={"points": given, "comment": "Look at <the> conflict."},
            headers=cast.token(ASSESSOR),
        )
        assert answer.status_code == 200, answer.text
        page = await enrolled.get(here)
        assert says in page
        assert "Look at &lt;the&gt; conflict." in page
        if points == 0:
            assert "\nMy judgement.</textarea>" in page
            await enrolled.send(f"{here}/work", words="My second judgement.")
            waiting = (await client.get("/api/v1/submissions", headers=cast.token(ASSESSOR))).json()["items"]
    assert "Hand in your work again" not in page


async def test_a_module_prints_with_its_tasks_and_as_one_file(enrolled: Reader, edition: Edition) -> None:
    module = edition.course.modules[0].key
    page = await enrolled.get(f"/learn/{COURSE}/{module}/print")
    assert "Questions to practise with" in page or "The questions of your open attempt" in page
    answer = await enrolled.client.get(f"/learn/{COURSE}/{module}/print?download=true")
    assert answer.headers["content-disposition"] == f'attachment; filename="{COURSE}-{module}.html"'
    assert "<link" not in answer.text
    assert 'class="list-plain paper-options"' in answer.text
    assert ".paper-options" in answer.text
    assert len(answer.content) < LIMIT


async def test_the_course_is_completed_and_its_records_open_into_their_reasons(
    enrolled: Reader, edition: Edition
) -> None:
    await enrolled.take(edition)
    assert "See what you have completed" in enrolled.page
    page = await enrolled.get(f"/courses/{COURSE}/completed")
    assert "You have completed" in page
    assert "What is now on your record" in page
    assert "What could be next" in page
    page = await enrolled.get("/record")
    assert re.search(r'<p class="paper-only"><bdi>[^<]+</bdi> · \d', page)
    assert f': <a href="/courses/{COURSE}">{edition.texts["en"].title}</a>' in page
    assert "Level 2" in page
    assert "Why this level" in page
    assert "Sources disagree" in page
    assert "Ingrid Solberg" in page
    assert "Completed on" in await enrolled.get("/learning")
    assert "Look at the course again" in await enrolled.get(f"/courses/{COURSE}")


async def test_a_revoked_completion_stays_with_its_reason(
    enrolled: Reader, client: AsyncClient, cast: Cast
) -> None:
    mine = f"/api/v1/completions?person={LEARNER}"
    found = (await client.get(mine, headers=cast.token(HR))).json()["items"][0]
    answer = await client.post(
        f"/api/v1/completions/{found['id']}/revoke",
        json={"reason": "Somebody else answered."},
        headers=cast.token(HR),
    )
    assert answer.status_code < 300, answer.text
    page = await enrolled.get("/record")
    assert "Revoked on" in page
    assert "Somebody else answered." in page


async def test_what_was_completed_elsewhere_can_be_taken_again_and_need_not(other: Reader) -> None:
    page = await other.get("/courses/legal-foundations")
    assert "Completed on" in page
    assert 'button-plain">Take the course again' in page
    assert "button-primary" not in page


async def test_withdrawing_asks_once_and_leads_back_to_the_course(other: Reader) -> None:
    await other.send("/courses/legal-foundations/enrol")
    page = await other.get("/learn/legal-foundations")
    assert "What you have done stays on record" in page
    page = await other.send("/courses/legal-foundations/withdraw")
    assert other.path == "/courses/legal-foundations"
    assert "Take the course again" in page


async def test_what_a_supervisor_assigned_says_who_and_by_when(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    due = clock.today() + timedelta(days=3)
    learner = await Reader(app).sign_in(cast, LEARNER)
    answer = await client.post(
        "/api/v1/enrolments",
        json={"course": "legal-foundations", "person": str(cast.ids[LEARNER]), "due_on": due.isoformat()},
        headers=cast.token(SUPERVISOR),
    )
    assert answer.status_code == 201, answer.text
    page = await learner.get("/learning")
    assert "assigned by Daniel Okafor" in page
    assert "3 days left" in page


# -- one's account -----------------------------------------------------------------------------------------


async def test_a_token_is_shown_once_works_and_ends(learner: Reader, client: AsyncClient) -> None:
    assert "Say what the token is for" in await learner.send("/account/tokens", 422, name=" ", days="30")
    page = await learner.send("/account/tokens", name="nightly import", days="30")
    secret = re.search(r'<code class="secret" dir="ltr">([^<]+)<', page)
    assert secret
    bearer = {"Authorization": f"Bearer {secret[1]}"}
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 200
    page = await learner.get("/account")
    assert secret[1] not in page
    revoke = re.search(r'action="(/account/tokens/[0-9a-f-]+/revoke)"', page)
    assert revoke
    await learner.send(revoke[1])
    assert (await client.get("/api/v1/me", headers=bearer)).status_code == 401


async def test_signing_out_elsewhere_leaves_this_browser(app: FastAPI, cast: Cast) -> None:
    here, there = Reader(app), Reader(app)
    await here.sign_in(cast, OTHER_LEARNER)
    await there.sign_in(cast, OTHER_LEARNER)
    await here.send("/account/sign-ins/end-others")
    assert here.path == "/account"
    await there.get("/account")
    assert there.path == "/sign-in"


# -- what a page costs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/courses", "/learning", "/record"])
async def test_a_page_costs_the_same_queries_however_long_its_list(
    path: str, app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    catalogue_queries.forget_documents()  # read anew both times, however slow the machine is in between
    with counted(app) as before:
        await reader.get(path)
    today = clock.today()
    recorded = [
        {
            "person": OTHER_LEARNER,
            "course": course,
            "occurred_on": (today - timedelta(days=day)).isoformat(),
            "source": f"test of {path}",
        }
        for course in (COURSE, "indicators-and-baselines", "legal-foundations", "budgeting-a-partnership")
        for day in range(1, 6)
    ]
    answer = await client.post(
        "/api/v1/completions/batch",
        json={"completions": recorded},
        headers=cast.token("hr.relief@demo.example"),
    )
    assert answer.json()["recorded"] == 20, answer.text
    catalogue_queries._editions.clear()  # as in a process that has just started
    catalogue_queries.forget_documents()
    with counted(app) as after:
        await reader.get(path)
    # Editions that were not at hand, in one statement each for two lists.
    assert len(after) <= len(before) + 2
    assert len(after) <= 12


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/courses",
        f"/courses/{COURSE}",
        f"/learn/{COURSE}",
        "/learning",
        "/record",
        "/account",
    ],
)
async def test_a_page_is_small(path: str, learner: Reader) -> None:
    await learner.get(path)
    assert len(learner.page.encode()) < LIMIT


async def test_every_page_and_task_of_every_course_is_small_and_can_be_answered(
    app: FastAPI, cast: Cast, database: Database
) -> None:
    """Every kind of question the library has, by form, without script."""
    reader = await Reader(app).sign_in(cast, SUPERVISOR)
    for course in (COURSE, "legal-foundations", "indicators-and-baselines", "budgeting-a-partnership"):
        async with database.reading() as session:
            edition = await get_edition(session, (await get_course(session, course)).version_id)
        await reader.send(f"/courses/{course}/enrol", language="en")
        for activity in edition.course.activities:
            await reader.get(f"/learn/{course}/{activity.key}")
            assert len(reader.page.encode()) < LIMIT, activity.key
            if activity.kind == "page":
                await reader.send(f"/learn/{course}/{activity.key}/read")
            if activity.kind == "quiz":
                await reader.pass_quiz(edition, activity.key)
                assert "Passed with 100%" in reader.page, activity.key


def test_scripts_and_style_are_small() -> None:
    folder = Path(catalogue_queries.__file__).parents[1] / "web" / "static"
    assert sum((folder / name).stat().st_size for name in ("player.js", "app.js")) < 20_000
