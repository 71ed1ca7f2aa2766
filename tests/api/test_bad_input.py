"""Bad input gets a clear answer, and what comes twice is there once."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import func, select

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Edition
from lms.completions.models import Completion
from lms.kernel import clock, middleware
from lms.kernel.database import Database, table_of
from lms.kernel.pagination import encode_cursor
from lms.rebuild import compare_projections
from lms.settings import Settings
from tests.cast import (
    ADMIN,
    COLLEAGUE,
    HR,
    LEARNER,
    OTHER_HR,
    OTHER_LEARNER,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)  # fmt: skip
from tests.journeys.learning import enrol, pass_quiz, read_page, right_answers, take_course

API = "/api/v1"
ESSENTIALS, LEGAL, BUDGET = "partnership-essentials", "legal-foundations", "budgeting-a-partnership"
BATCH = f"{API}/completions/batch"
Headers = dict[str, str]


@pytest.fixture(scope="module")
def courses(settings: Settings) -> dict[str, Edition]:
    return dict(library_beside(settings.courses_dir).courses)


def refused(answer: Response, status: int, pointer: str | None = None) -> dict[str, Any]:
    """The problem, after checking that it is one a person can understand."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("/problems/")
    assert body["title"] and body["detail"] and body["request_id"] == answer.headers["x-request-id"]
    if pointer is not None:
        assert pointer in [fault["pointer"] for fault in body["errors"]], body
    return body


async def count_of(database: Database, **values: Any) -> int:
    completions = table_of(Completion)
    where = [completions.c[name] == value for name, value in values.items()]
    async with database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(completions).where(*where)) or 0)


def activity(edition: Edition, kind: str) -> str:
    return next(each.key for each in edition.course.activities if each.kind == kind)


# -- twice and at once -------------------------------------------------------------------------------------


async def test_the_last_page_sent_many_times_at_once_is_one_completion(
    client: AsyncClient, database: Database, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, edition = cast.token(LEARNER), courses[ESSENTIALS]
    enrolment = await enrol(client, headers, ESSENTIALS)
    *others, last = sorted(edition.course.required_activities, key=lambda each: each.kind == "page")
    for each in others:
        if each.kind == "page":
            await read_page(client, headers, enrolment["id"], each.key)
        else:
            await pass_quiz(client, headers, edition, enrolment["id"], each.key)
    answers = await asyncio.gather(*(read_page(client, headers, enrolment["id"], last.key) for _ in range(8)))
    assert {(each["enrolment_state"], each["progress"]) for each in answers} == {("completed", 1.0)}
    assert await count_of(database, enrolment_id=enrolment["id"]) == 1
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def test_an_attempt_handed_in_twice_at_once_was_handed_in_once(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, edition = cast.token(COLLEAGUE), courses[ESSENTIALS]
    enrolment = await enrol(client, headers, ESSENTIALS)
    quiz = activity(edition, "quiz")
    path = f"{API}/enrolments/{enrolment['id']}/activities/{quiz}/attempts"
    attempt = (await client.post(path, headers=headers)).json()
    right = right_answers(edition, quiz, attempt["questions"])
    submit = f"{API}/attempts/{attempt['id']}/submit"
    sent: list[dict[str, Any]] = [{"responses": right}, {"responses": {}}, {"responses": right}]
    answers = await asyncio.gather(*(client.post(submit, json=each, headers=headers) for each in sent))
    assert {each.status_code for each in answers} == {200}
    assert len({each.text for each in answers}) == 1
    late = {"responses": {attempt["questions"][0]["id"]: None}}
    assert (await client.post(submit, json=late, headers=headers)).text == answers[0].text
    saved = await client.put(f"{API}/attempts/{attempt['id']}/responses", json=late, headers=headers)
    refused(saved, 410)


async def test_two_devices_share_one_open_attempt(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, edition = cast.token(VOLUNTEER), courses[ESSENTIALS]
    enrolment = await enrol(client, headers, ESSENTIALS)
    quiz = activity(edition, "quiz")
    path = f"{API}/enrolments/{enrolment['id']}/activities/{quiz}/attempts"
    begun = await asyncio.gather(*(client.post(path, headers=headers) for _ in range(4)))
    assert {each.status_code for each in begun} == {201}
    assert len({each.json()["id"] for each in begun}) == 1
    attempt = begun[0].json()
    one = attempt["questions"][0]["id"]
    saved = {"responses": {one: right_answers(edition, quiz, attempt["questions"])[one]}}
    put = await client.put(f"{API}/attempts/{attempt['id']}/responses", json=saved, headers=headers)
    assert put.status_code == 204
    elsewhere = (await client.post(path, headers=headers)).json()
    assert elsewhere["responses"] == saved["responses"]
    assert elsewhere["questions"] == attempt["questions"]


async def test_enrolling_twice_at_once_is_one_enrolment(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(SENIOR)
    sent = [client.post(f"{API}/enrolments", json={"course": LEGAL}, headers=headers) for _ in range(5)]
    answers = await asyncio.gather(*sent)
    assert Counter(each.status_code for each in answers) == {201: 1, 409: 4}
    problem = refused(next(each for each in answers if each.status_code == 409), 409)
    assert problem["type"] == "/problems/already-enrolled"


async def test_a_batch_sent_many_times_at_once_is_recorded_once(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    rows = [row(COLLEAGUE, day=f"2026-03-{day:02}", source="at once") for day in range(1, 11)]
    backwards = list(reversed(rows))
    sent = [post_batch(client, cast.token(HR), some) for some in (rows, backwards, rows, backwards)]
    answers = await asyncio.gather(*sent)
    assert sum(each["recorded"] for each in answers) == 10
    assert all(each["recorded"] + each["duplicates"] == 10 for each in answers)
    by_day: dict[str, set[str]] = {}
    for answer, given in zip(answers, (rows, backwards, rows, backwards), strict=True):
        for each in answer["results"]:
            by_day.setdefault(given[each["index"]]["occurred_on"], set()).add(each["id"])
    assert {len(ids) for ids in by_day.values()} == {1}
    assert await count_of(database, sender="at once") == 10


async def test_two_revocations_at_once_are_both_counted(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    """Of one person and month: each counts the month anew, and must see what the other takes away."""
    rows = [row(VOLUNTEER, course, day="2026-05-05", source="both") for course in (ESSENTIALS, LEGAL, BUDGET)]
    made = await post_batch(client, cast.token(HR), rows)
    paths = [f"{API}/completions/{each['id']}/revoke" for each in made["results"]]
    sent = [client.post(path, json={"reason": "Mistaken."}, headers=cast.token(HR)) for path in paths * 2]
    answers = await asyncio.gather(*sent)
    assert Counter(each.status_code for each in answers) == {200: 3, 409: 3}
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def until_done(client: AsyncClient, path: str, sent: dict[str, Any], headers: Headers) -> None:
    """Send it again as long as the answer is that it met another change, as that answer asks."""
    for _ in range(5):
        answer = await client.post(path, json=sent, headers=headers)
        if answer.status_code != 503:
            break
        assert int(refused(answer, 503) and answer.headers["retry-after"]) > 0
    assert answer.status_code == 200, answer.text


async def test_recording_and_revoking_at_once_leaves_the_sums_right(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr = cast.token(HR)
    for number in range(6):
        made = await post_batch(client, hr, [row(SUPERVISOR, LEGAL, day="2026-02-02", source=f"s{number}")])
        path = f"{API}/completions/{made['results'][0]['id']}/revoke"
        more = [
            row(SUPERVISOR, course, day="2026-02-03", source=f"n{number}") for course in (LEGAL, ESSENTIALS)
        ]
        await asyncio.gather(
            until_done(client, path, {"reason": "Mistaken."}, hr),
            until_done(client, BATCH, {"completions": more}, hr),
        )
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def test_work_handed_in_or_assessed_twice_at_once_counts_once(
    client: AsyncClient, database: Database, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, assessor = cast.token(SUPERVISOR), cast.token("assessor@demo.example")
    enrolment = await enrol(client, headers, ESSENTIALS)
    work = activity(courses[ESSENTIALS], "assignment")
    path = f"{API}/enrolments/{enrolment['id']}/activities/{work}/submissions"
    answers = await asyncio.gather(
        *(client.post(path, data={"words": "Mine."}, headers=headers) for _ in range(3))
    )
    assert Counter(each.status_code for each in answers) == {201: 1, 409: 2}
    submission = next(each.json()["id"] for each in answers if each.status_code == 201)
    given = await client.get(f"{API}/submissions/{submission}", headers=assessor)
    points = {each["id"]: len(each["levels"]) - 1 for each in given.json()["criteria"]}
    assess = f"{API}/submissions/{submission}/assessment"
    bad = {"points": {"no-such-line": 1} | {key: 99 for key in points}}
    refused(await client.post(assess, json=bad, headers=assessor), 422, "/points/no-such-line")
    sent = [client.post(assess, json={"points": points}, headers=assessor) for _ in range(3)]
    assert Counter(each.status_code for each in await asyncio.gather(*sent)) == {200: 1, 409: 2}
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


# -- answers -----------------------------------------------------------------------------------------------


async def test_answers_no_choice_could_have_made(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    """Every kind of question, with answers of every wrong shape: 422 with a pointer, and the attempt stays open."""
    headers, seen = cast.token(OTHER_LEARNER), set()
    for key, edition in courses.items():
        if edition.course.prerequisites:
            continue
        enrolment = await enrol(client, headers, key)
        for quiz in [each for each in edition.course.activities if each.kind == "quiz"]:
            path = f"{API}/enrolments/{enrolment['id']}/activities/{quiz.key}/attempts"
            attempt = (await client.post(path, headers=headers)).json()
            for question in attempt["questions"]:
                seen.add(question["kind"])
                await _try_bad_answers(client, headers, attempt["id"], question)
            outcome = await pass_quiz(client, headers, edition, enrolment["id"], quiz.key)
            assert outcome["id"] == attempt["id"]
            assert outcome["passed"]
    assert seen >= {"one_choice", "several_choices", "ordering", "matching", "number", "scenario"}


BAD_ANSWERS: dict[str, list[Any]] = {
    "one_choice": ["no-such-option", ["a"], {"a": "b"}, 1, True, 1.5, "\u0000", "x" * 10_000],
    "several_choices": ["a", {"a": True}, ["no-such-option"], [None], [["a"]], 7, ["x"] * 1000],
    "ordering": ["a", ["no-such-option"], {"0": "a"}, 0, ["x"] * 1000],
    "matching": ["a", ["a"], {"no-such-left": "a"}, 3, {"": ""}],
    "number": ["12", [1], {"n": 1}, True, 10**16, -(10**30), 1e300],
    "scenario": ["a", {"a": "b"}, ["no-such-option"], [1], ["a"] * 100, 4],
}  # fmt: skip


async def _try_bad_answers(
    client: AsyncClient, headers: Headers, attempt: str, question: dict[str, Any]
) -> None:
    first = f"/responses/{question['id']}"
    for bad in BAD_ANSWERS[question["kind"]]:
        answer = await client.post(
            f"{API}/attempts/{attempt}/submit", json={"responses": {question["id"]: bad}}, headers=headers
        )
        faults = refused(answer, 422)["errors"]
        assert all(fault["pointer"].startswith(first) for fault in faults), (bad, faults)


async def test_an_answer_to_a_question_not_asked(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(VOLUNTEER)
    enrolment = (await client.get(f"{API}/enrolments", headers=headers)).json()["items"][0]["id"]
    path = f"{API}/enrolments/{enrolment}/activities/answer-the-offer/attempts"
    attempt = (await client.post(path, headers=headers)).json()["id"]
    for method, end in (("POST", "submit"), ("PUT", "responses")):
        for name, pointer in (("never-asked", "never-asked"), ("a/b~c", "a~1b~0c"), ("\ud800", "\ud800")):
            sent = json.dumps({"responses": {name: "a"}})
            answer = await client.request(
                method,
                f"{API}/attempts/{attempt}/{end}",
                content=sent,
                headers=headers | {"Content-Type": "application/json"},
            )
            refused(answer, 422, None if name == "\ud800" else f"/responses/{pointer}")


# -- a way through a course --------------------------------------------------------------------------------


async def test_what_does_not_fit_the_course(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, edition = cast.token(ADMIN), courses[ESSENTIALS]
    refused(await client.post(f"{API}/enrolments", json={"course": "no-such"}, headers=headers), 404)
    refused(
        await client.post(f"{API}/enrolments", json={"course": "No Such"}, headers=headers), 422, "/course"
    )
    refused(await client.post(f"{API}/enrolments", json={}, headers=headers), 422, "/course")
    extra = {"course": ESSENTIALS, "state": "completed"}
    refused(await client.post(f"{API}/enrolments", json=extra, headers=headers), 422, "/state")
    before = await client.post(
        f"{API}/enrolments", json={"course": "indicators-and-baselines"}, headers=headers
    )
    assert refused(before, 409)["type"] == "/problems/prerequisite-missing"

    enrolment = await enrol(client, headers, ESSENTIALS)
    base = f"{API}/enrolments/{enrolment['id']}/activities"
    page, quiz, work = (activity(edition, kind) for kind in ("page", "quiz", "assignment"))
    done = {"state": "completed"}
    refused(await client.put(f"{base}/{quiz}/progress", json=done, headers=headers), 409)
    refused(await client.put(f"{base}/no-such/progress", json=done, headers=headers), 404)
    refused(
        await client.put(f"{base}/{page}/progress", json={"state": "passed"}, headers=headers), 422, "/state"
    )
    refused(await client.post(f"{base}/{page}/attempts", headers=headers), 409)
    refused(await client.post(f"{base}/{page}/submissions", data={"words": "w"}, headers=headers), 409)
    refused(await client.post(f"{base}/{work}/submissions", headers=headers), 422, "/words")
    refused(await client.post(f"{base}/{work}/submissions", data={"words": "  "}, headers=headers), 422)
    nul = await client.post(f"{base}/{work}/submissions", data={"words": "a\0b"}, headers=headers)
    refused(nul, 422)


async def test_after_leaving_a_course_nothing_more_counts(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    headers, edition = cast.token(HR), courses[LEGAL]
    enrolment = (await enrol(client, headers, LEGAL))["id"]
    quiz, page = activity(edition, "quiz"), activity(edition, "page")
    base = f"{API}/enrolments/{enrolment}"
    attempt = (await client.post(f"{base}/activities/{quiz}/attempts", headers=headers)).json()
    left = await client.post(f"{base}/withdraw", headers=headers)
    assert (left.status_code, left.json()["state"]) == (200, "withdrawn")
    assert (await client.post(f"{base}/withdraw", headers=headers)).status_code == 200
    sent = {"responses": right_answers(edition, quiz, attempt["questions"])}
    refused(await client.post(f"{API}/attempts/{attempt['id']}/submit", json=sent, headers=headers), 409)
    refused(await client.put(f"{API}/attempts/{attempt['id']}/responses", json=sent, headers=headers), 409)
    read = {"state": "completed"}
    refused(await client.put(f"{base}/activities/{page}/progress", json=read, headers=headers), 409)
    again = await enrol(client, headers, LEGAL)
    assert again["id"] != enrolment


async def test_a_completed_course_cannot_be_left(
    client: AsyncClient, cast: Cast, courses: dict[str, Edition]
) -> None:
    done = await take_course(client, cast.token(OTHER_HR), courses[ESSENTIALS])
    path = f"{API}/enrolments/{done['id']}/withdraw"
    refused(await client.post(path, headers=cast.token(OTHER_HR)), 409)


# -- completions recorded elsewhere ------------------------------------------------------------------------


def row(
    person: str = COLLEAGUE, course: str = LEGAL, *, day: str = "2026-01-10", source: str = "x"
) -> dict[str, Any]:
    return {"person": person, "course": course, "occurred_on": day, "source": source}


async def post_batch(client: AsyncClient, headers: Headers, rows: list[dict[str, Any]]) -> dict[str, Any]:
    answer = await client.post(BATCH, json={"completions": rows}, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_each_row_of_a_batch_has_its_own_answer(client: AsyncClient, cast: Cast) -> None:
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    rows = [
        row(source="own answer"),
        row("nobody@nowhere.example"),
        row("00000000-0000-7000-8000-000000000000"),
        row("no e-mail"),
        row(OTHER_LEARNER),
        row(course="no-such-course"),
        row(day=tomorrow),
        row(day="1989-12-31"),
        row(COLLEAGUE.upper(), source="own answer"),
        row(str(cast.ids[COLLEAGUE]), source="own answer"),
        row(day="1990-01-01", source="own answer"),
        row(day=clock.today().isoformat(), source="own answer"),
    ]
    answer = await post_batch(client, cast.token(HR), rows)
    outcomes = [each["outcome"] for each in answer["results"]]
    assert outcomes == ["recorded", *["refused"] * 7, "duplicate", "duplicate", "recorded", "recorded"]
    pointers = [each["error"]["pointer"] for each in answer["results"] if each["error"]]
    assert pointers == [*["/person"] * 4, "/course", "/occurred_on", "/occurred_on"]
    assert [each["index"] for each in answer["results"]] == list(range(len(rows)))
    first, twice, thrice = (answer["results"][index]["id"] for index in (0, 8, 9))
    assert first == twice == thrice
    assert (answer["recorded"], answer["duplicates"], answer["refused"]) == (3, 2, 7)
    again = await post_batch(client, cast.token(HR), rows)
    assert (again["recorded"], again["duplicates"], again["refused"]) == (0, 5, 7)
    assert again["results"][0]["id"] == first


async def test_what_was_revoked_is_recorded_anew(client: AsyncClient, database: Database, cast: Cast) -> None:
    hr, given = cast.token(HR), [row(SENIOR, day="2026-02-10", source="anew")]
    ids = []
    for _ in range(3):
        made = await post_batch(client, hr, given)
        assert (made["recorded"], (await post_batch(client, hr, given))["duplicates"]) == (1, 1)
        ids.append(made["results"][0]["id"])
        path = f"{API}/completions/{ids[-1]}/revoke"
        assert (await client.post(path, json={"reason": "Mistaken."}, headers=hr)).status_code == 200
        refused(await client.post(path, json={"reason": "Mistaken."}, headers=hr), 409)
    assert len(set(ids)) == 3
    assert await count_of(database, sender="anew") == 3


async def test_recording_what_is_revoked_at_this_moment_has_a_good_answer(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    hr, given = cast.token(HR), {"completions": [row(SENIOR, day="2026-02-11", source="crossing")]}
    current = (await client.post(BATCH, json=given, headers=hr)).json()["results"][0]["id"]
    for _ in range(12):
        path, reason = f"{API}/completions/{current}/revoke", {"reason": "Mistaken."}
        sent = [client.post(path, json=reason, headers=hr)]
        sent += [client.post(BATCH, json=given, headers=hr) for _ in range(3)]
        revoked, *answers = await asyncio.gather(*sent)
        assert {each.status_code for each in (revoked, *answers)} <= {200, 503}, [
            each.text for each in answers
        ]
        current = (await client.post(BATCH, json=given, headers=hr)).json()["results"][0]["id"]
    async with database.reading() as session:
        assert set((await compare_projections(session)).values()) == {0}


async def test_a_batch_of_a_wrong_shape(client: AsyncClient, cast: Cast) -> None:
    hr = cast.token(HR)
    too_many = {"completions": [row()] * 1001}
    refused(await client.post(BATCH, json=too_many, headers=hr), 422, "/completions")
    refused(await client.post(BATCH, json={"completions": []}, headers=hr), 422, "/completions")
    refused(await client.post(BATCH, json={}, headers=hr), 422, "/completions")
    refused(await client.post(BATCH, json=[], headers=hr), 422)
    for changed, pointer in (
        ({"occurred_on": "2026-02-30"}, "occurred_on"),
        ({"occurred_on": "yesterday"}, "occurred_on"),
        ({"occurred_on": 1_760_000_000}, "occurred_on"),
        ({"source": ""}, "source"),
        ({"source": "   "}, "source"),
        ({"source": "s" * 101}, "source"),
        ({"course": "Not A Key"}, "course"),
        ({"person": None}, "person"),
        ({"evidence": 7}, "evidence"),
        ({"minutes": 600}, "minutes"),
    ):
        sent = {"completions": [row(), row() | changed]}
        refused(await client.post(BATCH, json=sent, headers=hr), 422, f"/completions/1/{pointer}")
    for changed in ({"source": "a\0b"}, {"person": "a\0b"}, {"evidence": "a\0b"}):
        sent = {"completions": [row() | changed]}
        answer = await client.post(BATCH, json=sent, headers=hr)
        assert answer.status_code in (200, 422), answer.text
        assert answer.status_code == 422 or answer.json()["refused"] == 1
    refused(await client.post(BATCH, json={"completions": [row()]}, headers=cast.token(LEARNER)), 403)


async def test_a_thousand_rows_are_taken(client: AsyncClient, cast: Cast) -> None:
    start = clock.today() - timedelta(days=1000)
    rows = [row(day=(start + timedelta(days=n)).isoformat(), source="thousand") for n in range(1000)]
    assert (await post_batch(client, cast.token(HR), rows))["recorded"] == 1000


async def test_nobody_revokes_their_own_or_without_a_reason(client: AsyncClient, cast: Cast) -> None:
    made = await post_batch(client, cast.token(HR), [row(HR, source="own")])
    path = f"{API}/completions/{made['results'][0]['id']}/revoke"
    refused(await client.post(path, json={"reason": "Mine."}, headers=cast.token(HR)), 403)
    refused(await client.post(path, json={"reason": ""}, headers=cast.token(HR)), 422, "/reason")
    refused(await client.post(path, json={"reason": "  "}, headers=cast.token(HR)), 422, "/reason")
    refused(await client.post(path, json={"reason": "a\0"}, headers=cast.token(HR)), 403)


# -- repeating a request -----------------------------------------------------------------------------------


async def test_a_key_gets_the_same_answer_again_and_no_other_request(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "key-1"}
    sent = {"completions": [row(source="keyed")]}
    first = await client.post(BATCH, json=sent, headers=headers)
    second = await client.post(BATCH, json=sent, headers=headers)
    assert first.json()["recorded"] == 1
    assert (second.status_code, second.content) == (first.status_code, first.content)
    other = await client.post(BATCH, json={"completions": [row(source="other")]}, headers=headers)
    assert refused(other, 422)["type"] == "/problems/idempotency-key-reused"
    elsewhere = await client.post(f"{API}/enrolments", json=sent, headers=headers)
    assert refused(elsewhere, 422)["type"] == "/problems/idempotency-key-reused"
    somebody_else = cast.token(OTHER_HR) | {"Idempotency-Key": "key-1"}
    assert (await client.post(BATCH, json=sent, headers=somebody_else)).json()["refused"] == 1
    refused(await client.post(BATCH, json=sent, headers=headers | {"Idempotency-Key": "k" * 201}), 422)


async def test_a_key_sent_twice_at_once_does_the_work_once(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(LEARNER) | {"Idempotency-Key": "at-once"}
    sent = [client.post(f"{API}/me/tokens", json={"name": "double click"}, headers=headers) for _ in range(4)]
    answers = await asyncio.gather(*sent)
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {
        (201, answers[0].json()["id"])
    }
    assert sum(answer.json()["token"] is not None for answer in answers) == 1


async def test_a_refused_request_may_be_mended_under_the_same_key(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(HR) | {"Idempotency-Key": "key-2"}
    refused(await client.post(BATCH, json={"completions": []}, headers=headers), 422)
    mended = await client.post(BATCH, json={"completions": [row(source="mended")]}, headers=headers)
    assert mended.json()["recorded"] == 1


async def test_a_key_used_many_times_at_once_runs_once(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(LEARNER) | {"Idempotency-Key": "key-3"}
    sent = [client.post(f"{API}/me/tokens", json={"name": "one"}, headers=headers) for _ in range(6)]
    answers = await asyncio.gather(*sent)
    statuses = Counter(each.status_code for each in answers)
    assert set(statuses) <= {201, 409}
    assert len({each.json()["id"] for each in answers if each.status_code == 201}) == 1
    for each in answers:
        if each.status_code == 409:
            assert refused(each, 409)["type"] == "/problems/still-under-way"
            assert int(each.headers["retry-after"]) > 0


# -- queries, cursors, methods, bodies ---------------------------------------------------------------------


async def test_periods_and_days(client: AsyncClient, cast: Cast) -> None:
    hr, report = cast.token(HR), f"{API}/reports/recognition?entity=uneo"
    for end in ("", ".csv", ".xlsx", ".pdf"):
        path = f"{API}/reports/recognition{end}?entity=uneo&from=2026-02-01&to=2026-01-31"
        refused(await client.get(path, headers=hr), 422, "/to")
    refused(await client.get(f"{report}&from=1900-01-01&to=2026-01-01", headers=hr), 422, "/to")
    refused(await client.get(f"{report}&from=2026-01-01", headers=hr), 422, "/query/to")
    for day in ("0001-01-01", "9999-12-31"):
        refused(await client.get(f"{report}&from={day}&to={day}", headers=hr), 422)
    refused(await client.get(f"{API}/completions?from=2026-02-01&to=2026-01-31", headers=hr), 422)
    for day in ("2026-13-01", "0", "1e3", "2026-1-1", "2026-01-01T00:00:00", "infinity", "", "%00"):
        refused(await client.get(f"{API}/completions?from={day}", headers=hr), 422)
        refused(await client.get(f"{report}&from={day}&to=2026-01-31", headers=hr), 422)
    for day in ("0001-01-01", "9999-12-31"):
        assert (await client.get(f"{API}/completions?from={day}", headers=hr)).status_code == 200
        assert (await client.get(f"{API}/completions?to={day}", headers=hr)).status_code == 200
    own = f"{API}/people/{cast.ids[HR]}/standing"
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    refused(await client.get(f"{own}?as_at={tomorrow}", headers=hr), 422, "/as_at")
    assert (await client.get(f"{own}?as_at=0001-01-01", headers=hr)).json()["competencies"] == []


async def test_a_report_too_wide_for_the_asker(client: AsyncClient, cast: Cast) -> None:
    period = "from=2026-01-01&to=2026-12-31"
    for email, entity, status in (
        (HR, "unro", 404),
        (OTHER_HR, "uneo", 404),
        (LEARNER, "uneo", 403),
        (HR, "no-such", 404),
        (SENIOR, "unro", 404),
        (SUPERVISOR, "uneo-kenya", 403),
    ):
        path = f"{API}/reports/recognition?entity={entity}&{period}"
        refused(await client.get(path, headers=cast.token(email)), status)
    person = cast.ids[OTHER_LEARNER]
    path = f"{API}/reports/recognition/people/{person}?entity=uneo&{period}"
    refused(await client.get(path, headers=cast.token(HR)), 404)


@pytest.mark.parametrize("query", ["curso=x", "q=a&Q=b", "limit=10&limits=5", "course[]=x"])
async def test_an_unknown_parameter_is_refused(client: AsyncClient, cast: Cast, query: str) -> None:
    refused(await client.get(f"{API}/courses?{query}", headers=cast.token(LEARNER)), 422)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=-1", f"limit={10**40}", "limit=x", "limit=", "language=xx", "focus=A%20B",
     "q=" + "x" * 201, "cursor=" + "A" * 2001],
)  # fmt: skip
async def test_a_parameter_out_of_its_range(client: AsyncClient, cast: Cast, query: str) -> None:
    body = refused(await client.get(f"{API}/courses?{query}", headers=cast.token(LEARNER)), 422)
    assert body["errors"][0]["pointer"].startswith("/query/")


async def test_words_of_any_kind_find_or_find_nothing(client: AsyncClient, cast: Cast) -> None:
    words = [
        "'",
        "''",
        "\\",
        "a'b",
        "%",
        ":*",
        "& | !",
        "()",
        "<->",
        "\u0000",
        "\ufdfa" * 200,
        "𝒳",
        "­",
        "ﷺ",
        "🙂",
        "1" * 200,
    ]
    for each in words:
        for path, headers in (("courses", cast.token(LEARNER)), ("people", cast.token(HR))):
            answer = await client.get(f"{API}/{path}", params={"q": each}, headers=headers)
            assert answer.status_code in (200, 422), (path, each, answer.text)


CURSORS = ["", "x", "A", "====", "bnVsbA", "WzFd", "W10", "eyJhIjoxfQ", "é", "%00", "WyJhIiwiYiJd"]


@pytest.mark.parametrize(
    "path", ["courses", "completions", "skill-records", "people", "submissions", "events"]
)
async def test_a_cursor_that_nobody_handed_out(client: AsyncClient, cast: Cast, path: str) -> None:
    who = {"people": HR, "submissions": "assessor@demo.example", "events": ADMIN}.get(path, LEARNER)
    name = "after" if path == "events" else "cursor"
    lists = [path, "courses", "completions", "skill-records", "people", "submissions", "events"]
    states = [{}, {"state": "submitted"}]
    digits = "9" * 30
    places = (["x"], ["x", "y"], ["x", "y", "z"], [digits, "1"], ["1", digits], ["9", "a", "b"], ["a\0", "b"])
    forged = [
        encode_cursor(after, filters={"list": which} | state)
        for which in lists
        for state in states
        for after in places
    ]
    for cursor in [*CURSORS, *forged]:
        answer = await client.get(f"{API}/{path}?{name}={cursor}", headers=cast.token(who))
        refused(answer, 422)


async def test_a_cursor_of_another_list_is_refused(client: AsyncClient, cast: Cast) -> None:
    hr = cast.token(HR)
    first = (await client.get(f"{API}/completions?limit=1", headers=hr)).json()["next_cursor"]
    assert first is not None
    assert (await client.get(f"{API}/completions?limit=1&cursor={first}", headers=hr)).status_code == 200
    refused(await client.get(f"{API}/skill-records?cursor={first}", headers=hr), 422, "/cursor")
    refused(await client.get(f"{API}/completions?from=2026-01-01&cursor={first}", headers=hr), 422, "/cursor")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "me"),
        ("PUT", "courses"),
        ("POST", "completions"),
        ("PATCH", "enrolments"),
        ("GET", "me/tokens"),
    ],
)
async def test_a_wrong_method(client: AsyncClient, cast: Cast, method: str, path: str) -> None:
    answer = await client.request(method, f"{API}/{path}", headers=cast.token(ADMIN))
    assert refused(answer, 405)["type"] == "/problems/method"
    assert answer.headers["allow"]


async def test_addresses_that_lead_nowhere(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(LEARNER)
    for path in ("no-such", "courses/no-such", "courses/%00", "entities/%00", "courses/a%2Fb"):
        answer = await client.get(f"{API}/{path}", headers=headers)
        assert answer.status_code in (404, 422), answer.text
        refused(answer, answer.status_code)
    for ident in ("x", "1", "%00", "0" * 32 + "0"):
        answer = await client.get(f"{API}/enrolments/{ident}", headers=headers)
        assert answer.status_code in (404, 422), answer.text


@pytest.mark.parametrize("path", ["/api/v1/me/", "/healthz/", "/sign-in/", "/courses/", "/api/docs/"])
async def test_a_slash_too_many_leads_to_no_other_host(client: AsyncClient, cast: Cast, path: str) -> None:
    answer = await client.get(path, headers=cast.token(LEARNER) | {"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"no json", "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b'{"course": NaN}', "application/json"),
        (b'{"course": "\\ud800"}', "application/json"),
        (b'{"\\ud800": 1, "course": "partnership-essentials"}', "application/json"),
        (b'{"course": ' + b"9" * 5000 + b"}", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"null", "application/json"),
        (b'"text"', "application/json"),
        (b'{"course": "partnership-essentials"}', "text/plain"),
        (b"course=partnership-essentials", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_not_what_is_asked(
    client: AsyncClient, cast: Cast, content: bytes, kind: str
) -> None:
    headers = cast.token(COLLEAGUE) | {"Content-Type": kind}
    answer = await client.post(f"{API}/enrolments", content=content, headers=headers)
    assert answer.status_code in (400, 415, 422), answer.text
    refused(answer, answer.status_code)


async def test_a_body_that_is_too_large(client: AsyncClient, cast: Cast) -> None:
    headers = cast.token(COLLEAGUE) | {"Content-Type": "application/json"}
    many = b'{"course": "' + b"x" * (17 * 2**20) + b'"}'
    assert refused(await client.post(f"{API}/enrolments", content=many, headers=headers), 413)

    async def chunks() -> Any:  # no Content-Length
        for _ in range(17 * 16):
            yield b" " * 2**16

    answer = await client.post(f"{API}/enrolments", content=chunks(), headers=headers)
    assert refused(answer, 413)["type"] == "/problems/too-large"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/learn/any/work/work", "/people/import", f"{API}/imports/people"]
)
async def test_a_form_that_is_too_large_is_no_more_taken_by_pages_than_by_the_api(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Forms are read before anybody is asked who they are."""
    monkeypatch.setattr(middleware, "MOST_ON_DISK", 2**20)
    taken = 0

    async def parts() -> Any:
        nonlocal taken
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(64):
            taken += 2**16
            yield b"x" * 2**16
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await client.post(path, content=parts(), headers=headers)
    assert answer.status_code in (401, 413), answer.text  # the import page's API asks first, then reads
    assert answer.status_code == 413 or taken == 0
    assert taken <= 2**20 + 2**17


async def test_a_change_names_the_state_it_changes(client: AsyncClient, cast: Cast) -> None:
    hr, path = cast.token(HR), f"{API}/people/{cast.ids[COLLEAGUE]}"
    tag = (await client.get(path, headers=hr)).headers["etag"]
    sent = {"time_zone": "Africa/Nairobi", "languages": ["en", "sw"]}
    refused(await client.patch(path, json=sent, headers=hr), 428)
    refused(await client.patch(path, json=sent, headers=hr | {"If-Match": '"999"'}), 412)
    changed = await client.patch(path, json=sent, headers=hr | {"If-Match": tag})
    assert changed.status_code == 200, changed.text
    stale = await client.patch(path, json={"languages": ["en"]}, headers=hr | {"If-Match": tag})
    assert refused(stale, 412)["type"] == "/problems/stale"
    two = [
        client.patch(path, json={"languages": [each]}, headers=hr | {"If-Match": changed.headers["etag"]})
        for each in ("fr", "es")
    ]
    assert sorted(each.status_code for each in await asyncio.gather(*two)) == [200, 412]
