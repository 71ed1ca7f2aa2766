"""Both sides of an introduction learn by mail whom to speak to, and what came of it; nobody else does."""

import email
from email import policy
from email.message import EmailMessage

import pytest
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.jobs.worker import work_off
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import COLLEAGUE, COORDINATOR, FOCAL_POINT, Cast
from tests.joint_trainings.exchange_samples import V1, introduced, need, offer
from tests.partners.samples import appoint, make

BAOBAB, THEIRS = "baobab-mail", COLLEAGUE


@pytest.fixture(scope="module", autouse=True)
async def partner(client: AsyncClient, cast: Cast) -> str:
    """A partner with a coordinator; the id of the grant."""
    await make(client, cast, BAOBAB)
    return await appoint(client, cast, BAOBAB, THEIRS)


def mails(settings: Settings, kind: str, about: str) -> dict[str, EmailMessage]:
    """The letters of this kind about an introduction, by who gets them."""
    found = {}
    for path in (settings.var_dir / "mail").glob(f"{kind}-{about}-*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        found[str(mail["To"])] = mail
    return found


async def test_an_introduction_is_told_to_both_and_its_draft_to_the_other(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    made = await introduced(client, cast, wanted, given)
    await work_off(settings)
    told = mails(settings, "introduced", made["id"])
    assert set(told) == {FOCAL_POINT, THEIRS}
    for to, other in ((FOCAL_POINT, THEIRS), (THEIRS, FOCAL_POINT)):
        body = told[to].get_content()
        assert other in body and f"/exchange/introductions/{made['id']}" in body
        assert "You may like each other." in body
    answer = await client.post(f"{V1}/introductions/{made['id']}/training", headers=cast.token(THEIRS))
    await work_off(settings)
    drafted = mails(settings, "training-drafted", made["id"])
    assert set(drafted) == {FOCAL_POINT}
    assert f"/trainings/{answer.json()['training_id']}" in drafted[FOCAL_POINT].get_content()


async def test_a_decline_goes_to_the_other_side_and_to_who_introduced(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    made = await introduced(client, cast, wanted, given)
    sent = {"words": "Our lawyers are away."}
    path = f"{V1}/introductions/{made['id']}/decline"
    assert (await client.post(path, json=sent, headers=cast.token(THEIRS))).status_code == 200
    await work_off(settings)
    told = mails(settings, "introduction-declined", made["id"])
    assert set(told) == {FOCAL_POINT, COORDINATOR}
    assert all(sent["words"] in mail.get_content() for mail in told.values())


async def test_who_no_longer_acts_for_a_side_is_told_nothing(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    wanted, given = await need(client, cast), await offer(client, cast, THEIRS, partner=BAOBAB)
    async with database.transaction() as session:
        await session.execute(text("UPDATE role_grants SET revoked_at = now() WHERE partner_id IS NOT NULL"))
    made = await introduced(client, cast, wanted, given)
    await work_off(settings)
    assert set(mails(settings, "introduced", made["id"])) == {FOCAL_POINT}
