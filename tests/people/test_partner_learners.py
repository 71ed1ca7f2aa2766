"""People of a partner learn as everybody does, and no entity's report or list knows of them."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from lms.catalogue.beside import library_beside
from lms.kernel.database import Database
from lms.people.invitations import service
from lms.people.queries import get_actor
from lms.people.service import create_token
from lms.settings import Settings
from tests.cast import COORDINATOR, HR, OTHER_LEARNER, SENIOR, Cast
from tests.journeys.learning import take_course
from tests.people.invited import PASSWORD, invite, link_of, make_partner

COURSE, NAME = "legal-foundations", "Wanjiru Partnerperson"
PERIOD = "from=2020-01-01&to=2026-12-31"
COUNTED = {
    HR: (
        f"reports/recognition?entity=uneo&{PERIOD}",
        f"reports/recognition?entity=uneo&kind=partner_personnel&{PERIOD}",
        f"reports/participation?entity=uneo&{PERIOD}",
        "reports/coverage?entity=uneo",
        "people?limit=200",
        "completions?limit=200",
    ),
    SENIOR: (f"reports/recognition?entity=uneo&{PERIOD}", "reports/coverage?entity=uneo"),
    COORDINATOR: (f"reports/participation?{PERIOD}", "reports/coverage"),
}


async def _counted(client: AsyncClient, cast: Cast) -> dict[tuple[str, str], Any]:
    """What reports and lists say, without the moment at which they say it."""
    found = {}
    for email, paths in COUNTED.items():
        for path in paths:
            answer = await client.get(f"/api/v1/{path}", headers=cast.token(email))
            if answer.status_code == 422:  # not a kind that this report shows
                continue
            assert answer.status_code == 200, (path, answer.text)
            body = answer.json()
            found[email, path] = {name: body[name] for name in ("rows", "items", "summary") if name in body}
    return found


@pytest.fixture(scope="module")
async def theirs(client: AsyncClient, cast: Cast, settings: Settings, database: Database) -> dict[str, str]:
    """The headers of a person who accepted an invitation."""
    hers = await make_partner(client, cast, "learning-co", OTHER_LEARNER)
    link = await link_of(settings, await invite(client, "learning-co", hers, "wanjiru@learning.example"))
    secret = link.removeprefix("/invitations/")
    async with database.transaction() as session:
        _, invitation = await service.accept_with_password(
            session, secret=secret, name=NAME, language="en", password=PASSWORD, hours=1, tries=10
        )
        assert invitation.person_id is not None
        token, _row = await create_token(
            session, acting=await get_actor(session, invitation.person_id), name="test"
        )
    return {"Authorization": f"Bearer {token}"}


async def test_they_learn_and_no_entity_counts_them(
    client: AsyncClient, cast: Cast, settings: Settings, theirs: dict[str, str]
) -> None:
    before = await _counted(client, cast)
    assert before[HR, f"reports/recognition?entity=uneo&{PERIOD}"]["rows"]
    edition = library_beside(settings.courses_dir).courses[COURSE]
    done = await take_course(client, theirs, edition)
    assert done["state"] == "completed"
    own = (await client.get("/api/v1/completions", headers=theirs)).json()["items"]
    assert [each["course"] for each in own] == [COURSE]
    assert (await client.get("/api/v1/skill-records", headers=theirs)).json()["items"]
    assert (await client.get("/api/v1/me/plan", headers=theirs)).status_code in (200, 404)
    assert await _counted(client, cast) == before


async def test_they_hold_nothing_but_their_own(client: AsyncClient, theirs: dict[str, str]) -> None:
    me = (await client.get("/api/v1/me", headers=theirs)).json()
    assert (me["permissions"], me["entity"], me["grants"]) == (["self:use"], None, [])
    for path in ("people", "partners", "reports/coverage", "assignment-rules", "events"):
        assert (await client.get(f"/api/v1/{path}", headers=theirs)).status_code == 403, path
