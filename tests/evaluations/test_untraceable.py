"""A reaction cannot be traced to who gave it: by no column, row order, transaction, event, log line or kept answer."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.forms import form_of
from lms.evaluations.models import EvaluationAsk, ReactionCount, ReactionWords
from lms.evaluations.service.counting import close_overdue
from lms.kernel.database import Database, table_of
from tests.cast import Cast
from tests.evaluations.samples import API, asked_people, closed, react_as, reaction

QUESTIONS = list(form_of(Kind.REACTION).scaled)


@pytest.fixture(scope="module")
async def people(database: Database, cast: Cast) -> list[str]:
    return await asked_people(database, cast, 7)


async def rows(database: Database, sql: str, **values: Any) -> list[Any]:
    async with database.reading() as session:
        return list((await session.execute(text(sql), values)).all())


async def counted(database: Database) -> dict[str, int]:
    """How many rows each table has, but for those of the evaluation itself."""
    names = await rows(
        database,
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname = 'public' AND c.relname NOT IN ('reaction_words')""",
    )
    return {name: (await rows(database, f'SELECT count(*) FROM "{name}"'))[0][0] for (name,) in names}


async def test_an_answer_leaves_no_row_but_words(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people)
    before = await counted(database)
    for person in people[:3]:
        headers = cast.token(person) | {"Idempotency-Key": f"mine-{person}"}
        answer = await client.post(
            f"{API}/{training}/reaction", json=reaction(3, helped="Words"), headers=headers
        )
        assert answer.status_code == 204, answer.text
    assert await counted(database) == before, "an event, a job, a kept answer or a session tells of it"


async def test_the_tables_have_no_room_for_who_or_when() -> None:
    assert set(table_of(ReactionCount).c.keys()) == {"training_id", "question", "score", "people"}
    assert set(table_of(ReactionWords).c.keys()) == {"id", "training_id", "question", "words"}
    of_tokens = {each.name: str(each.type) for each in table_of(EvaluationAsk).c}
    assert "DATETIME" not in of_tokens.values() and not any("TIME" in each for each in of_tokens.values())


async def test_rows_tell_no_order(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    """After every answer all rows come from one transaction, and every row of words is another than before."""
    training = await closed(client, cast, database, *people)
    seen, orders = set[UUID](), Counter[tuple[str, ...]]()
    for number, person in enumerate(people):
        await react_as(client, cast, training, person, reaction(1 + number % 5, helped=f"Word {number}"))
        found = await rows(
            database,
            """SELECT xmin::text FROM reaction_words WHERE training_id = :id
                UNION SELECT xmin::text FROM reaction_counts WHERE training_id = :id
                UNION SELECT xmin::text FROM evaluation_asks WHERE training_id = :id AND kind = 'reaction'""",
            id=training,
        )
        assert len(found) == 1, "an older transaction tells who answered before"
        words = await rows(
            database,
            "SELECT id, words FROM reaction_words WHERE training_id = :id ORDER BY ctid",
            id=training,
        )
        ids = {row.id for row in words}
        assert len(words) == number + 1 and not ids & seen
        assert all(each.version == 4 for each in ids)
        seen |= ids
        orders[tuple(row.words for row in words)] += 1
    # Seven words lie in the order in which they came once in 5,040 times, and in each of the orders before that.
    in_order = [tuple(f"Word {n}" for n in range(number + 1)) for number in range(len(people))]
    assert any(order not in in_order for order in orders)
    tokens = await rows(
        database, "SELECT count(*) FROM evaluation_asks WHERE training_id = :id AND is_answered", id=training
    )
    assert tokens[0][0] == len(people)


async def test_when_it_is_closed_only_what_is_told_remains(
    client: AsyncClient, cast: Cast, database: Database, people: list[str]
) -> None:
    training = await closed(client, cast, database, *people)
    for number, person in enumerate(people):
        await react_as(client, cast, training, person, reaction(5 if number < 5 else 4, change=f"W{number}"))
    async with database.transaction() as session:
        await session.execute(text("UPDATE evaluation_levels SET closes_on = current_date - 1"))
    async with database.transaction() as session:
        await close_overdue(session)
    for table in ("reaction_words", "reaction_counts"):
        assert await rows(database, f"SELECT 1 FROM {table} WHERE training_id = :id", id=training) == []
    answered = await rows(
        database, "SELECT DISTINCT is_answered FROM evaluation_asks WHERE training_id = :id", id=training
    )
    assert [row[0] for row in answered] == [None]
    (level,) = await rows(
        database,
        "SELECT asked, answered, result FROM evaluation_levels WHERE training_id = :id AND level = :level",
        id=training,
        level=Level.REACTION.value,
    )
    assert (level.asked, level.answered) == (7, 7)
    question = level.result["questions"][QUESTIONS[0]]
    assert (question["people"], question["total"]) == (7, 33)
    assert [each["people"] for each in question["bands"]] == [0, 0, 0, 7], "two of seven are not told apart"
    assert sorted(level.result["words"]["change"]) == [f"W{number}" for number in range(7)]
    assert not any(str(cast.ids[person]) in json.dumps(level.result) for person in people)
