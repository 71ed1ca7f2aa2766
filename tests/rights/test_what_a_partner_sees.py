"""Every answer and every page that a partner's coordinator reaches, searched for the names of anybody else.

The whole demo is there: colleagues, trainings, sessions, needs, lessons, focal points. Every GET of the API is asked
about everything of its kind that the database holds, and every link is followed from the first page on.
"""

import html
import json
import re
from collections import deque
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.demo.whole import make_whole
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.domain import digest_of
from lms.people.models import ApiToken
from lms.settings import Settings
from tests.cast import Cast
from tests.web.readers import Reader

COORDINATOR, PARTNER = "partner@demo.example", "baobab-solar"
SECRET = "token-of-the-coordinator"
MOST_PAGES, MOST_OF_A_KIND = 400, 15

# Where the `_id` of a path's parameter points, if not at the table of that name.
TABLES = {
    "training": "joint_trainings", "host": "training_hosts", "session": "training_sessions",
    "contact": "partner_contacts", "agreement": "partner_agreements", "practice": "practice_claims",
    "fact": "screening_facts", "warning": "early_warnings", "member": "screening_circle",
    "request": "learning_requests", "notice": "exchange_notices", "need": "exchange_notices",
    "offer": "exchange_notices", "introduction": "exchange_introductions",
}  # fmt: skip

# The partner's own people; facilitators and focal points who agreed to be named to partners; whom the coordinator was
# introduced to; who signed an agreement with the partner, which says so where it is signed. Nobody else.
MAY_BE_NAMED = """
SELECT p.id FROM persons p WHERE p.email = :coordinator
UNION SELECT a.person_id FROM affiliations a JOIN partners r ON r.id = a.partner_id WHERE r.key = :partner
UNION SELECT f.person_id FROM session_facilitators f JOIN training_sessions s ON s.id = f.session_id
        JOIN training_hosts h ON h.training_id = s.training_id JOIN partners r ON r.id = h.partner_id
       WHERE r.key = :partner AND f.consented_at IS NOT NULL
UNION SELECT person_id FROM focal_point_profiles WHERE shown_to_partners
UNION SELECT g.person_id FROM agreement_signatures g JOIN training_hosts h ON h.training_id = g.training_id
        JOIN partners r ON r.id = h.partner_id WHERE r.key = :partner
UNION SELECT n.contact_id FROM exchange_introductions i JOIN exchange_notices o ON o.id = i.offer_id
        JOIN partners r ON r.id = o.partner_id JOIN exchange_notices n ON n.id = i.need_id WHERE r.key = :partner
"""


@pytest.fixture(scope="module")
async def others(client: AsyncClient, database: Database, settings: Settings, cast: Cast) -> dict[str, str]:
    """Names and addresses that may stand nowhere, each with whose it is; the coordinator has a token."""
    accounts = await make_whole(database, settings)
    cast.passwords.update({each["email"]: each["password"] for each in accounts})
    values = {"coordinator": COORDINATOR, "partner": PARTNER}
    async with database.transaction() as session:
        allowed = set(await session.scalars(text(MAY_BE_NAMED), values))
        rows = (await session.execute(text("SELECT id, name, email FROM persons"))).all()
        mine = next(row.id for row in rows if row.email == COORDINATOR)
        expires = clock.now() + timedelta(days=1)
        session.add(ApiToken(token_hash=digest_of(SECRET), person_id=mine, name="t", expires_at=expires))
    known = {row.name for row in rows if row.id in allowed}
    found = {row.name: row.name for row in rows if row.id not in allowed and row.name not in known}
    return found | {row.email: row.name for row in rows if row.id not in allowed and row.email}


def named_in(answer: str, others: dict[str, str]) -> list[str]:
    """Whoever else stands in an answer, however it is written."""
    plain = html.unescape(answer)
    return sorted({who for word, who in others.items() if word in plain or json.dumps(word)[1:-1] in answer})


async def ids_of(database: Database, parameter: str) -> list[str]:
    """Ids or keys that the parameter of a path may take."""
    if parameter in ("key", "partner", "entity"):
        table = {"partner": "partners", "entity": "entities"}.get(parameter)
        statement = f"SELECT key FROM {table} ORDER BY key" if table else _EVERY_KEY
    else:
        stem = parameter.removesuffix("_id")
        table = TABLES.get(stem, f"{stem}s")
        statement = f"SELECT id::text FROM {table} ORDER BY id DESC"
    async with database.reading() as session:
        if table and await session.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
            return []
        return list(await session.scalars(text(f"{statement} LIMIT {MOST_OF_A_KIND}")))


_EVERY_KEY = "SELECT key FROM (SELECT key FROM partners UNION SELECT key FROM entities UNION SELECT key FROM courses) k"


async def addresses(app: FastAPI, database: Database) -> list[str]:
    """Every GET of the API, about each thing of its kind."""
    found = []
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute) or "GET" not in context.methods:
            continue
        path = context.path
        if not path.startswith("/api/v1/"):
            continue
        parameters = re.findall(r"{(\w+)", path)
        if not parameters:
            found.append(path)
        for value in await ids_of(database, parameters[0]) if parameters else ():
            rest = {name: value for name in parameters}
            found.append(re.sub(r"{(\w+)[^}]*}", lambda match, rest=rest: rest[match[1]], path))
    return found


async def test_no_answer_names_anybody_else(
    app: FastAPI, client: AsyncClient, database: Database, others: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    asked, answered, found = await addresses(app, database), 0, list[str]()
    for address in asked:
        answer = await client.get(address, headers=headers)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        answered += answer.status_code == 200
        found += [f"{address} names {who}" for who in named_in(answer.text, others)]
    assert found == []
    assert len(asked) > 100
    assert answered > 30


async def test_no_page_names_anybody_else(app: FastAPI, cast: Cast, others: dict[str, str]) -> None:
    reader = await Reader(app).sign_in(cast, COORDINATOR)
    seen, waiting, found = {"/"}, deque(["/"]), list[str]()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        answer = await reader.client.get(address)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        kind = answer.headers.get("content-type", "")
        if "html" not in kind and "json" not in kind and "text" not in kind:
            continue
        found += [f"{address} names {who}" for who in named_in(answer.text, others)]
        for link in links_in(answer.text):
            if _shape(link) not in seen:
                seen.add(_shape(link))
                waiting.append(link)
    assert found == []
    assert len(seen) > 30


def links_in(page: str) -> list[str]:
    """Links of ours on a page, in their order."""
    found = [html.unescape(each) for each in re.findall(r'href="(/[^"#]*)', page)]
    return [each for each in found if not each.startswith(("/static", "/sign-out", "/api/"))]


def _shape(link: str) -> str:
    """Pages of courses are many and alike: one activity of a course stands for all."""
    return re.sub(r"^/(learn|courses)/([a-z0-9-]+)/.+", r"/\1/\2/*", link)
