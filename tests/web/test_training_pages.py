"""Pages of joint trainings: proposed in a form, taken part in, moved on, and what is left to do."""

import re

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel.database import Database
from tests.cast import COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, Cast
from tests.joint_trainings.samples import AFRICA, PARTNER, RELIEF, in_days, make_clear
from tests.partners.samples import appoint
from tests.web.readers import Reader, words


@pytest.fixture(scope="module", autouse=True)
async def partner(client: AsyncClient, cast: Cast, database: Database) -> None:
    """One that is clear and has a coordinator."""
    await make_clear(client, cast, database, PARTNER)
    await appoint(client, cast, PARTNER, OTHER_LEARNER)


def sent(**values: str) -> dict[str, str]:
    """What stands in the form."""
    return {
        "host": f"entity:{AFRICA}", "with_entity": RELIEF, "title": "Costing together", "language": "en",
        "languages": "en", "starts_on": in_days(20).isoformat(), "minutes": "180", "attended_percent": "80",
        "course": "legal-foundations", "every_session": "yes", "experts_only": "yes",
    } | values  # fmt: skip


def revision_in(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


async def test_two_entities_propose_accept_and_publish(app: FastAPI, cast: Cast) -> None:
    focal = await Reader(app).sign_in(cast, FOCAL_POINT)
    await focal.get("/trainings/new")
    page = await focal.send("/trainings/new", 422, **sent(title="", minutes="x"))
    assert "Give a title." in page and "Write a number of minutes." in page
    page = words(await focal.send("/trainings/new", **sent()))
    assert "This host has not accepted yet: United Nations Relief Office" in page
    where = focal.path
    coordinator = await Reader(app).sign_in(cast, COORDINATOR)
    accept = re.findall(r'action="([^"]+/accept)"', await coordinator.get(where))
    assert len(accept) == 1
    await coordinator.send(accept[0])
    page = await focal.get(where)
    assert "Publish" in page
    page = words(await focal.send(f"{where}/moves", to="published", revision=revision_in(page)))
    assert "It is done." in page and "It begins on its first day." in page
    page = await focal.get(where)
    page = await focal.send(f"{where}/moves", 422, to="cancelled", revision=revision_in(page), reason="")
    assert "Say why." in words(page) or "reason" in words(page)


async def test_a_partner_s_coordinator_proposes_and_does_not_lead(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    page = await reader.get("/trainings/new")
    assert f'value="partner:{PARTNER}"' in page and f'value="entity:{AFRICA}" selected' not in page
    page = await reader.send(
        "/trainings/new", **sent(host=f"partner:{PARTNER}", with_entity=AFRICA, title="Ours")
    )
    where = reader.path
    assert "not answered yet" in words(page) and "Cancel the training" not in page
    page = await reader.get(f"{where}/edit")
    same = {"revision": revision_in(page), "aim": "Taught by us"}
    page = await reader.send(f"{where}/edit", **sent(title="Ours too") | same)
    assert "Ours too" in words(page)
    page = await reader.send(f"{where}/edit", 422, **sent(title="Ours again") | same)
    assert "Somebody changed this training meanwhile" in page and "Ours again" in page


async def test_whoever_hosts_nothing_finds_no_list(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    await reader.get("/trainings", 403)


@pytest.mark.parametrize("language", ["ar", "fr"])
async def test_the_list_in_other_languages(app: FastAPI, cast: Cast, language: str) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT, language)
    page = await reader.get("/trainings?state=draft")
    assert f'lang="{language}"' in page
    assert "/trainings/new" in page
