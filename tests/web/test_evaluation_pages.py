"""Pages of evaluations: forms for those who were there, figures for those who hosted, nothing lost and nobody named."""

from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.evaluations.domain.levels import Kind
from lms.evaluations.forms import form_of
from lms.kernel.database import Database
from lms.web.evaluation_overview import questions_in
from tests.cast import FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.evaluations.samples import API, asked_people, close, close_level, closed, react_as, reaction
from tests.joint_trainings.samples import published
from tests.web.readers import Reader, words

QUESTIONS = (
    "Who leads?\n* The entity\n- The partner\n\nWho signs?\n- Nobody\n* Both\n\nWhen?\n- After\n* Before\n"
)


def filled(kind: Kind = Kind.REACTION, score: int = 4, **more: str) -> dict[str, str]:
    return {f"score-{key}": str(score) for key in form_of(kind).scaled} | more


async def test_a_learner_finds_the_form_corrects_it_and_sends_it_once(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await closed(client, cast, database, LEARNER, title="A day on memoranda")
    reader, path = await Reader(app).sign_in(cast, LEARNER), f"/evaluations/{training}/reaction"
    assert "A day on memoranda" in words(await reader.get("/evaluations"))
    page = await reader.get(path)
    assert "This is anonymous" in page and "Please name nobody" in page
    bad = filled(**{"words-helped": "The examples"})
    del bad["score-clear"]
    page = await reader.send(path, 422, **bad)
    assert "Choose one answer for each statement." in page and "The examples" in page
    assert page.count(" checked") == 5, "nothing that was chosen is lost"
    page = await reader.send(path, **filled(**{"words-helped": "The examples"}))
    assert reader.path == "/evaluations" and "nobody can find out that they are yours" in page
    page = await reader.send(path, **filled())
    assert "You have answered this before" in page
    assert "You have answered this. Thank you." in await reader.get(path)
    await (await Reader(app).sign_in(cast, OTHER_LEARNER)).get(path, 404)
    await reader.get(f"/evaluations/{training}/nothing", 404)


async def test_the_lead_sets_a_test_and_learners_take_it(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = (await published(client, cast))["id"]
    lead = await Reader(app).sign_in(cast, FOCAL_POINT)
    page = await lead.get(f"/trainings/{training}/evaluation")
    assert "The evaluation begins when the training is closed" in page and "Set a test" in page
    form = f"/trainings/{training}/evaluation/test"
    await lead.get(form)
    page = await lead.send(form, 422, questions=QUESTIONS.replace("* Both", "- Both"))
    assert "Question 2:" in page and "The partner" in page
    page = await lead.send(form, questions=QUESTIONS)
    assert "3 questions of your own." in words(page)
    assert "* Both" in await lead.get(form)
    await close(database, training, cast.ids[LEARNER])
    reader, path = await Reader(app).sign_in(cast, LEARNER), f"/evaluations/{training}/post_test"
    assert "Only you see" in await reader.get(path)
    page = await reader.send(path, 422, **{"q.q1": "o0"})
    assert "Question 2 is not answered." in page
    page = await reader.send(path, **{"q.q1": "o0", "q.q2": "o1", "q.q3": "o0"})
    assert "66.7%" in words(page).replace("\xa0", "")
    assert "This is" not in await lead.get(f"/trainings/{training}/evaluation")


def test_questions_are_read_as_they_are_written() -> None:
    read = questions_in(QUESTIONS.replace("\n", "\r\n"))
    assert [(each.prompt, each.right) for each in read] == [
        ("Who leads?", 0),
        ("Who signs?", 1),
        ("When?", 1),
    ]
    assert [each.right for each in questions_in("A?\n- b\n- c\n\nB?\n* b\n* c")] == [-1, -1]


async def test_hosts_see_figures_when_it_is_closed(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    people = await asked_people(database, cast, 6)
    training = await closed(client, cast, database, *people)
    for person in people:
        await react_as(client, cast, training, person, reaction(5, change="More time"))
    lead = await Reader(app).sign_in(cast, FOCAL_POINT)
    here = f"/trainings/{training}/evaluation"
    page = words(await lead.get(here))
    assert "open until" in page and "More time" not in page
    page = await lead.send(f"{here}/levels/reaction/close")
    assert "It is closed; what is told of it stands below." in page
    assert page.count("<li><bdi>More time</bdi></li>") == 6 and "5: 6" in words(page)
    assert "It is closed already." in await lead.send(f"{here}/levels/reaction/close")
    senior = await Reader(app).sign_in(cast, SENIOR)
    page = await senior.get(here)
    assert "/levels/learning/close" not in page, "who does not lead closes nothing"
    await (await Reader(app).sign_in(cast, HR)).get(here, 403)
    report = await senior.get("/reports/evaluations?course=legal-foundations")
    assert "How far do people agree?" in report and "6 answers" in words(report)
    assert "/api/v1/evaluations/report.csv?course=legal-foundations" in report


async def test_a_learner_says_who_may_be_asked_and_takes_it_back(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await closed(client, cast, database, LEARNER, full=True)
    async with database.transaction() as session:
        await session.execute(
            text(
                """UPDATE evaluation_asks SET opens_on = current_date
                    WHERE training_id = :id AND kind = 'behaviour'"""
            ),
            {"id": training},
        )
    reader, path = await Reader(app).sign_in(cast, LEARNER), f"/evaluations/{training}/behaviour"
    page = await reader.get(path)
    assert "I agree that this person is asked" in page
    supervisor = page.split('<option value="')[1].split('"')[0]
    page = await reader.send(f"/evaluations/{training}/consent", person=supervisor)
    assert "You agreed that" in words(page)
    page = await reader.send(f"/evaluations/{training}/consent")
    assert "Nobody is asked about you" in page and "I agree that this person is asked" in page
    page = await reader.send(path, **filled(Kind.BEHAVIOUR, 5))
    assert "counted with the others" in page


async def test_pages_in_every_language(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await closed(client, cast, database, LEARNER, FOCAL_POINT)
    await close_level(client, cast, training, "learning")
    for language in ("ar", "zh", "fr", "ru", "es"):
        reader = await Reader(app).sign_in(cast, LEARNER, language)
        page = await reader.get(f"/evaluations/{training}/reaction")
        assert form_of(Kind.REACTION).scaled["clear"][language] in page.replace("&#39;", "'")
        await reader.get("/evaluations")
        lead = await Reader(app).sign_in(cast, FOCAL_POINT, language)
        await lead.get(f"/trainings/{training}/evaluation")
        await lead.get("/reports/evaluations")
    assert (await client.get(f"{API}/{training}", headers=cast.token(FOCAL_POINT))).status_code == 200
