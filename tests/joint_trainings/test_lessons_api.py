"""Lessons over the API: written by the hosts, named in by consent alone, read by somebody else, then in the library."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.kernel.database import Database
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    COORDINATOR,
    FOCAL_POINT,
    LEARNER,
    OTHER_LEARNER,
    SENIOR,
    Cast,
)
from tests.joint_trainings.lesson_samples import (
    WORDS,
    WRITER,
    make_writer,
    over,
    published,
    put,
    review,
    submit,
    write,
)
from tests.joint_trainings.samples import AFRICA, API, PARTNER, accept_all, in_days, make_clear, move, propose
from tests.partners.samples import appoint, make

PARTNERS = COLLEAGUE
WITH_PARTNER = [{"entity": AFRICA}, {"partner": PARTNER}]
LIBRARY = "/api/v1/lessons"


@pytest.fixture(scope="module", autouse=True)
async def partners(client: AsyncClient, cast: Cast, database: Database) -> None:
    """A partner with a coordinator and a contact, another in the register, and a second focal point."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, PARTNERS)
    await make(client, cast, "quinoa-and-sons")
    contact = {"name": "Youssef Amrani"}
    path = f"/api/v1/partners/{PARTNER}/contacts"
    assert (await client.post(path, json=contact, headers=cast.token(ADMIN))).status_code == 201
    await make_writer(database, cast)


def pointers(answer: Any) -> list[str]:
    return [each["pointer"] for each in answer.json()["errors"]]


async def patch(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT, **sent: Any) -> Any:
    headers = cast.token(by) | {"If-Match": "*"}
    return await client.patch(f"{API}/{training_id}/lesson", json=sent, headers=headers)


async def lesson(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT) -> Any:
    return await client.get(f"{API}/{training_id}/lesson", headers=cast.token(by))


async def test_the_whole_way_of_a_lesson(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await propose(client, cast, starts_on=in_days(-5).isoformat())
    await accept_all(client, cast, training)
    key, headers = training["id"], cast.token(FOCAL_POINT)
    early = await client.post(f"{API}/{key}/lesson", json=WORDS, headers=headers)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/lesson-too-early")
    for to in ("published", "running"):
        assert (await move(client, cast, key, to)).status_code == 201
    made = await write(client, cast, key)
    assert (made["state"], made["competencies"]) == ("draft", ["legal-instruments"])
    assert (await submit(client, cast, key)).json()["type"] == "/problems/lesson-too-early"
    assert (await move(client, cast, key, "closed")).status_code == 201
    refused = await move(client, cast, key, "reviewed")
    assert (refused.status_code, pointers(refused)) == (409, ["/evaluated_at", "/lesson"])
    assert (await submit(client, cast, key)).json()["state"] == "submitted"
    waiting = await client.get("/api/v1/lesson-reviews", headers=cast.token(COORDINATOR))
    assert key in {each["training_id"] for each in waiting.json()["items"]}
    assert (await review(client, cast, key)).json()["state"] == "published"
    async with database.transaction() as session:
        await session.execute(text("UPDATE joint_trainings SET evaluated_at = now()"))
    assert (await move(client, cast, key, "reviewed")).json()["state"] == "reviewed"
    read = await client.get(
        f"{LIBRARY}/read-the-draft-aloud-before-the-lawyers-do", headers=cast.token(LEARNER)
    )
    assert read.status_code == 200, read.text
    assert {name: read.json()[name] for name in WORDS} == WORDS
    assert read.json()["host_kinds"] == ["entities"]


async def test_what_did_not_work_is_said_in_a_sentence(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database)
    await write(client, cast, training, failed="Nothing much.", advice="")
    answer = await submit(client, cast, training)
    assert (answer.status_code, pointers(answer)) == (422, ["/advice", "/failed"])
    for sent, place in (({"competencies": ["gold"]}, "/competencies/0"), ({"title": None}, "/")):
        answer = await patch(client, cast, training, **sent)
        assert (answer.status_code, pointers(answer)) == (422, [place]), answer.text
    again = await client.post(f"{API}/{training}/lesson", json=WORDS, headers=cast.token(FOCAL_POINT))
    assert again.json()["type"] == "/problems/lesson-exists"


async def test_two_hosts_write_and_neither_overwrites_the_other(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database, hosts=WITH_PARTNER)
    await write(client, cast, training)
    seen = {"If-Match": (await lesson(client, cast, training, PARTNERS)).headers["ETag"]}
    path = f"{API}/{training}/lesson"
    first = await client.patch(path, json={"done": "Ours."}, headers=cast.token(FOCAL_POINT) | seen)
    second = await client.patch(path, json={"done": "Theirs."}, headers=cast.token(PARTNERS) | seen)
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await client.patch(path, json={"done": "x"}, headers=cast.token(PARTNERS))).status_code == 428
    assert (await patch(client, cast, training, PARTNERS, again="Theirs too.")).status_code == 200
    assert (await submit(client, cast, training, PARTNERS)).json()[
        "type"
    ] == "/problems/lesson-of-the-entities"


async def test_the_private_part_is_for_the_entities_alone(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    secret = "Ms Solberg would not come again."
    training = await over(client, cast, database, hosts=WITH_PARTNER)
    await write(client, cast, training, private_part=secret)
    assert (await lesson(client, cast, training, SENIOR)).json()["private_part"] == secret
    theirs = await lesson(client, cast, training, PARTNERS)
    assert theirs.json()["private_part"] is None
    assert secret not in theirs.text
    answer = await patch(client, cast, training, PARTNERS, private_part="Ours")
    assert (answer.status_code, pointers(answer)) == (403, ["/private_part"])
    assert (await submit(client, cast, training)).status_code == 200
    assert (await review(client, cast, training)).status_code == 201
    for email in (PARTNERS, LEARNER, OTHER_LEARNER):
        listed = await client.get(LIBRARY, headers=cast.token(email))
        key = listed.json()["items"][0]["key"]
        read = await client.get(f"{LIBRARY}/{key}", headers=cast.token(email))
        assert secret not in listed.text + read.text


@pytest.mark.parametrize(
    ("said", "refused_at"),
    [
        ("Youssef Amrani came an hour late.", "submission"),
        ("NKURUNZIZA came an hour late.", "submission"),
        ("Quinoa and Sons stayed away from it.", "submission"),
        ("The engineers of Baobab  Solar were late.", "review"),
        ("The room of the UNEO office was cold.", "review"),
    ],
)
async def test_nobody_is_named_unasked(
    client: AsyncClient, cast: Cast, database: Database, said: str, refused_at: str
) -> None:
    training = await over(client, cast, database, hosts=WITH_PARTNER)
    made = await write(client, cast, training, failed=said)
    assert [(each["field"], each["refuses"]) for each in made["names"]] == [("failed", True)], made["names"]
    answer = await submit(client, cast, training)
    if refused_at == "review":
        assert answer.status_code == 200
        answer = await review(client, cast, training)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/lesson-names")
    assert pointers(answer) == ["/failed"]
    assert (await patch(client, cast, training, failed=WORDS["failed"])).json()["names"] == []
    assert (await submit(client, cast, training)).status_code == 200
    assert (await review(client, cast, training)).status_code == 201


async def test_a_host_approves_a_text_and_a_changed_text_loses_it(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database, hosts=WITH_PARTNER)
    made = await write(client, cast, training, worked="Baobab Solar brought the meters its own people use.")
    assert (await submit(client, cast, training)).status_code == 200
    path, sent = f"{API}/{training}/lesson/approvals", {"digest": made["digest"]}
    # The other host's approval does not let the partner be named.
    ours = await client.post(path, json=sent, headers=cast.token(FOCAL_POINT))
    assert [each["refuses"] for each in ours.json()["names"]] == [True]
    assert (await review(client, cast, training)).status_code == 409
    theirs = await client.post(path, json=sent, headers=cast.token(PARTNERS))
    assert [each["refuses"] for each in theirs.json()["names"]] == [False]
    changed = (await patch(client, cast, training, advice="Ask Baobab Solar, and ask early.")).json()
    assert (changed["state"], changed["approved_by"]) == ("draft", [])
    assert {each["refuses"] for each in changed["names"]} == {True}
    stale = await client.post(path, json=sent, headers=cast.token(PARTNERS))
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/lesson-text-changed")
    assert (await submit(client, cast, training)).status_code == 200
    assert (await review(client, cast, training)).status_code == 409
    sent = {"digest": changed["digest"]}
    for _ in range(2):
        assert (await client.post(path, json=sent, headers=cast.token(PARTNERS))).status_code == 201
    assert (await review(client, cast, training)).json()["state"] == "published"


async def test_who_wrote_it_does_not_review_it(client: AsyncClient, cast: Cast, database: Database) -> None:
    training = await over(client, cast, database)
    await write(client, cast, training)
    assert (
        await patch(client, cast, training, COORDINATOR, done="I added this sentence.")
    ).status_code == 200
    assert (await submit(client, cast, training)).status_code == 200
    waiting = await client.get("/api/v1/lesson-reviews", headers=cast.token(COORDINATOR))
    assert training not in {each["training_id"] for each in waiting.json()["items"]}
    answer = await review(client, cast, training)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/own-lesson")
    assert (await review(client, cast, training, by=FOCAL_POINT)).status_code == 403


async def test_a_lesson_is_returned_with_words_or_kept_for_its_hosts(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database)
    await write(client, cast, training)
    assert (await review(client, cast, training)).json()["type"] == "/problems/lesson-not-submitted"
    await submit(client, cast, training)
    answer = await review(client, cast, training, "returned")
    assert (answer.status_code, pointers(answer)) == (422, ["/words"])
    returned = await review(client, cast, training, "returned", words="Say how many came.")
    assert (returned.json()["state"], returned.json()["reviews"][0]["words"]) == (
        "draft",
        "Say how many came.",
    )
    assert (await review(client, cast, training)).status_code == 409
    await submit(client, cast, training)
    assert (await review(client, cast, training, "kept")).json()["state"] == "kept"
    assert (await lesson(client, cast, training)).json()["key"] is None
    refused = await move(client, cast, training, "reviewed")
    assert pointers(refused)[-1] == "/evaluated_at"


async def test_a_published_text_stays_until_another_one_is(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, key = await published(client, cast, database, title="Budget tables first")
    assert key == "budget-tables-first"
    assert (await patch(client, cast, training, title="Budget tables last")).json()["state"] == "draft"
    read = await client.get(f"{LIBRARY}/{key}", headers=cast.token(LEARNER))
    assert read.json()["title"] == "Budget tables first"
    await submit(client, cast, training)
    assert (await review(client, cast, training)).json()["key"] == key
    read = await client.get(f"{LIBRARY}/{key}", headers=cast.token(LEARNER))
    assert read.json()["title"] == "Budget tables last"
    texts = (await lesson(client, cast, training)).json()["texts"]
    assert [each["title"] for each in texts] == ["Budget tables last", "Budget tables first"]
    _, other = await published(client, cast, database, title="Budget tables first!")
    assert other == "budget-tables-first-2"


async def test_a_withdrawn_lesson_leaves_the_library(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training, key = await published(client, cast, database, title="To be withdrawn")
    path, sent = f"{API}/{training}/lesson/withdrawal", {"because": "Its figures were wrong."}
    assert (
        await client.post(path, json={"because": " "}, headers=cast.token(FOCAL_POINT))
    ).status_code == 422
    assert (await client.post(path, json=sent, headers=cast.token(OTHER_LEARNER))).status_code == 404
    for _ in range(2):
        answer = await client.post(path, json=sent, headers=cast.token(FOCAL_POINT))
        assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert (await client.get(f"{LIBRARY}/{key}", headers=cast.token(LEARNER))).status_code == 404
    listed = (await client.get(LIBRARY, headers=cast.token(LEARNER))).json()["items"]
    assert key not in {each["key"] for each in listed}
    await patch(client, cast, training, done="With the right figures.")
    await submit(client, cast, training)
    assert (await review(client, cast, training)).json()["key"] == key


async def test_others_find_no_lesson_of_a_training(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database)
    await write(client, cast, training)
    for email, status in ((PARTNERS, 404), (OTHER_LEARNER, 403), (ASSESSOR, 403), (WRITER, 200)):
        assert (await lesson(client, cast, training, email)).status_code in (status,), email


async def test_texts_and_decisions_are_never_changed(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    await published(client, cast, database, title="Never changed")
    for table in ("lesson_texts", "lesson_reviews", "lesson_authors"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET recorded_at = now()"):
            with pytest.raises(Exception, match="append-only"):
                async with database.transaction() as session:
                    await session.execute(text(statement))


async def test_a_lesson_waits_until_its_training_is_over(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    training = await over(client, cast, database)
    await put(database, training, "published")
    answer = await client.post(f"{API}/{training}/lesson", json=WORDS, headers=cast.token(FOCAL_POINT))
    assert answer.status_code == 409
