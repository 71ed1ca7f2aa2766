"""The library of lessons: found by words and tags, read in one's language where somebody has checked it, mailed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.jobs import lessons as letters
from lms.jobs.tasks import Outside, send_once
from lms.joint_trainings.domain.lessons import last_of_month, month_before
from lms.joint_trainings.service.lessons import set_reader
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import COLLEAGUE, COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, Cast
from tests.joint_trainings.lesson_samples import WORDS, make_writer, published, review, submit
from tests.joint_trainings.samples import AFRICA, API, PARTNER, make_clear
from tests.partners.samples import appoint

LIBRARY = "/api/v1/lessons"
FRENCH = {
    "language": "fr",
    "title": "Lire le projet à haute voix avant les juristes",
    "context": "Une journée avec le personnel de programme d’un bureau.",
    "done": "Dix-huit personnes ont lu un projet de mémorandum.",
    "worked": "Lire les clauses à haute voix a montré lesquelles restaient obscures.",
    "failed": "L’après-midi était trop chargée, et le tableau n’a pas été examiné.",
    "again": "Les groupes, oui ; deux fois moins de clauses.",
    "advice": "Envoyez le projet une semaine avant.",
}


@pytest.fixture(scope="module", autouse=True)
async def lessons(client: AsyncClient, cast: Cast, database: Database) -> dict[str, tuple[str, str]]:
    """Two lessons: one of entities alone about agreements, one with a company about budgets."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, COLLEAGUE)
    await make_writer(database, cast)
    hosts = [{"entity": AFRICA}, {"partner": PARTNER}]
    other = {
        "hosts": hosts,
        "competencies": ["costing-and-budgeting"],
        "focuses": ["environment"],
        "course": None,
    }
    plain = await published(client, cast, database, title="Ёлки, or a title in two scripts")
    with_firm = await published(client, cast, database, title="A table of costs", training=other)
    return {"plain": plain, "with_firm": with_firm}


async def found(client: AsyncClient, cast: Cast, by: str = LEARNER, **query: Any) -> list[str]:
    answer = await client.get(LIBRARY, params=query, headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["items"]]


async def test_lessons_are_found_by_what_they_are_about(
    client: AsyncClient, cast: Cast, lessons: dict[str, tuple[str, str]]
) -> None:
    trees, costs = "Ёлки, or a title in two scripts", "A table of costs"
    for query, expected in (
        ({}, [costs, trees]),
        ({"q": "елк"}, [trees]),
        ({"q": "MEMORANDUM clause"}, [costs, trees]),
        ({"q": "nothing of the kind"}, []),
        ({"q": "!!"}, []),
        ({"competency": "costing-and-budgeting"}, [costs]),
        ({"competency": "gold"}, []),
        ({"skill_area": "legal"}, [trees]),
        ({"skill_area": "legal", "competency": "costing-and-budgeting"}, []),
        ({"course": "legal-foundations"}, [trees]),
        ({"focus": "environment"}, [costs, trees]),
        ({"focus": "humanitarian"}, [trees]),
        ({"host_kind": "company"}, [costs]),
        ({"host_kind": "entities"}, [trees]),
        ({"host_kind": "academic"}, []),
        ({"language": "fr"}, []),
        ({"from_on": clock.today().isoformat()}, [costs, trees]),
        ({"until_on": (clock.today() - timedelta(days=1)).isoformat()}, []),
    ):
        assert await found(client, cast, **query) == expected, query
    assert await found(client, cast, by=COLLEAGUE) == [costs, trees], "a partner's personnel read it too"


async def test_a_list_is_read_on_where_it_stopped(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(LEARNER)
    first = (await client.get(LIBRARY, params={"limit": 1}, headers=headers)).json()
    query = {"limit": 1, "cursor": first["next_cursor"]}
    second = (await client.get(LIBRARY, params=query, headers=headers)).json()
    assert first["items"] != second["items"]
    assert second["next_cursor"] is None
    other = await client.get(LIBRARY, params=query | {"q": "clause"}, headers=headers)
    assert other.status_code == 422


async def translate(client: AsyncClient, cast: Cast, training: str, by: str, **words: str) -> Any:
    path = f"{API}/{training}/lesson/translations"
    return await client.post(path, json=FRENCH | words, headers=cast.token(by))


async def judge(client: AsyncClient, cast: Cast, training: str, made: Any, by: str, **sent: Any) -> Any:
    path = f"{API}/{training}/lesson/translations/{made.json()['id']}/review"
    return await client.post(path, json={"accept": True} | sent, headers=cast.token(by))


async def test_a_translation_counts_once_a_second_person_has_read_it(
    client: AsyncClient, cast: Cast, lessons: dict[str, tuple[str, str]]
) -> None:
    training, key = lessons["with_firm"]
    refused = await translate(client, cast, training, FOCAL_POINT, language="en")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/language"]
    assert (await translate(client, cast, training, HR)).status_code == 404
    made = await translate(client, cast, training, COLLEAGUE)
    assert made.status_code == 201, made.text
    for by, status in ((COLLEAGUE, 403), (OTHER_LEARNER, 404)):
        assert (await judge(client, cast, training, made, by)).status_code == status
    path, headers = f"{LIBRARY}/{key}", cast.token(HR)
    read = (await client.get(path, headers=headers)).json()
    assert (read["language"], read["languages"]) == ("en", ["en"]), "HR reads French"
    assert (await judge(client, cast, training, made, FOCAL_POINT, accept=False)).status_code == 422
    assert (await judge(client, cast, training, made, FOCAL_POINT)).status_code == 204
    assert (await judge(client, cast, training, made, FOCAL_POINT)).status_code == 409
    read = (await client.get(path, headers=headers)).json()
    assert (read["title"], read["language"], read["original_language"]) == (FRENCH["title"], "fr", "en")
    assert (await client.get(f"{path}?read_in=ar", headers=headers)).json()["language"] == "en"
    assert await found(client, cast, q="juristes", read_in="fr") == [FRENCH["title"]]
    assert await found(client, cast, language="fr") == ["A table of costs"]


async def test_a_changed_original_makes_its_translation_outdated(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, key = await published(client, cast, database, title="Soon changed")
    made = await translate(client, cast, training, COORDINATOR)
    late = await translate(client, cast, training, COORDINATOR, title="Trop tard")
    assert (await judge(client, cast, training, made, COORDINATOR)).status_code == 403
    assert (await judge(client, cast, training, made, FOCAL_POINT)).status_code == 204
    headers = cast.token(HR)
    assert (await client.get(f"{LIBRARY}/{key}", headers=headers)).json()["language"] == "fr"
    match = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    await client.patch(f"{API}/{training}/lesson", json={"title": "Changed"}, headers=match)
    assert (await client.get(f"{LIBRARY}/{key}", headers=headers)).json()["language"] == "fr"
    await submit(client, cast, training)
    assert (await review(client, cast, training)).status_code == 201
    read = (await client.get(f"{LIBRARY}/{key}", headers=headers)).json()
    assert (read["title"], read["languages"]) == ("Changed", ["en"])
    assert (await judge(client, cast, training, late, FOCAL_POINT)).status_code == 409


async def test_a_translation_names_nobody_whom_its_original_does_not(
    client: AsyncClient, cast: Cast, lessons: dict[str, tuple[str, str]]
) -> None:
    training, _ = lessons["with_firm"]
    said = {"done": "Baobab Solar a lu un projet."}
    made = await translate(client, cast, training, FOCAL_POINT, **said)
    assert made.status_code == 201
    assert (await judge(client, cast, training, made, COORDINATOR)).json()["type"] == "/problems/lesson-names"
    path, sent = f"{API}/{training}/lesson/approvals", {"digest": made.json()["digest"]}
    assert (await client.post(path, json=sent, headers=cast.token(COLLEAGUE))).status_code == 201
    assert (await judge(client, cast, training, made, COORDINATOR)).status_code == 204
    named = await translate(client, cast, training, COLLEAGUE, done="M. Nkurunziza a lu un projet.")
    assert (named.status_code, "Émile" in named.text) == (409, False)


async def test_courses_that_quote_a_lesson_stand_on_its_page(
    client: AsyncClient, cast: Cast, database: Database, lessons: dict[str, tuple[str, str]]
) -> None:
    _, key = lessons["plain"]
    async with database.transaction() as session:
        statement = text(
            "INSERT INTO lesson_quotes SELECT id, CAST(:key AS text) FROM courses WHERE key = 'legal-foundations'"
        )
        await session.execute(statement, {"key": key})
    read = (await client.get(f"{LIBRARY}/{key}", headers=cast.token(LEARNER))).json()
    assert read["quoted_by"] == ["legal-foundations"]


async def ask_for_mail(database: Database, cast: Cast, email: str, *, monthly: bool = True) -> None:
    async with database.transaction() as session:
        acting = await get_actor(session, cast.ids[email])
        await set_reader(session, acting=acting, monthly=monthly)


async def test_the_month_s_lessons_are_mailed_once_to_who_asked(
    client: AsyncClient,
    cast: Cast,
    database: Database,
    settings: Settings,
    lessons: dict[str, tuple[str, str]],
) -> None:
    for email in (HR, OTHER_LEARNER, LEARNER):
        await ask_for_mail(database, cast, email)
    await ask_for_mail(database, cast, LEARNER, monthly=False)
    month = clock.first_of_month(clock.today())
    async with database.reading() as session:
        mails = {each.to: each for each in await letters.month_digest(session, month, "http://test")}
        assert await letters.month_digest(session, month_before(month), "http://test") == []
    assert set(mails) == {HR, OTHER_LEARNER}
    assert FRENCH["title"] in mails[HR].body
    assert "A table of costs" in mails[OTHER_LEARNER].body
    assert f"http://test/lessons/digest/{month:%Y-%m}" in mails[HR].body
    outside = Outside(settings)
    folder = settings.var_dir / "mail"
    before = len(list(folder.glob("*"))) if folder.exists() else 0
    for _ in range(2):
        await send_once(outside, "lessons.digest", list(mails.values()))
    await outside.close()
    assert len(list(folder.glob("*"))) == before + 2


@pytest.mark.parametrize(
    ("day", "month", "last"),
    [
        (date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31)),
        (date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_the_month_before(day: date, month: date, last: date) -> None:
    assert month_before(day) == month
    assert last_of_month(month) == last


async def test_who_reviews_and_who_wrote_are_told(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, key = await published(client, cast, database, title="Told by mail")
    match = cast.token(FOCAL_POINT) | {"If-Match": "*"}
    await client.patch(f"{API}/{training}/lesson", json=WORDS, headers=match)
    await submit(client, cast, training)
    lesson = (await client.get(f"{API}/{training}/lesson", headers=cast.token(FOCAL_POINT))).json()
    async with database.reading() as session:
        (waits,) = await letters.submitted(session, [UUID(lesson["id"])], "http://test")
        assert (waits.to, f"/lessons/review/{training}" in waits.body) == (COORDINATOR, True)
        assert await letters.reviewed(session, [UUID(lesson["id"])], "http://test") == []
    await review(client, cast, training, "returned", words="More, please.")
    async with database.reading() as session:
        assert await letters.submitted(session, [UUID(lesson["id"])], "http://test") == []
        (told,) = await letters.reviewed(session, [UUID(lesson["id"])], "http://test")
        assert (told.to, f"/trainings/{training}/lesson" in told.body) == (FOCAL_POINT, True)
        assert "More, please." not in told.body
    await submit(client, cast, training)
    await review(client, cast, training)
    async with database.reading() as session:
        (told,) = await letters.reviewed(session, [UUID(lesson["id"])], "http://test")
        assert f"/lessons/{key}" in told.body
