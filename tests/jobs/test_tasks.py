"""Jobs on a real queue: mail is sent once, in the reader's language; files nobody names are cleared."""

import email
import os
import socket
import time
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.adapters.mail import Mail
from lms.jobs.tasks import Outside, clear_storage, send_once
from lms.jobs.worker import work_off
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import COLLEAGUE, HR, LEARNER, OTHER_LEARNER, SUPERVISOR, Cast
from tests.journeys.learning import enrol


def _mails(settings: Settings) -> dict[str, email.message.EmailMessage]:
    folder = settings.var_dir / "mail"
    read = {
        path.name: email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in folder.glob("*.eml")
    }
    return read  # type: ignore[return-value]


async def test_an_enrolment_sends_one_mail_in_the_reader_s_language(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    enrolment = await enrol(client, cast.token(OTHER_LEARNER), "partnership-essentials")
    await work_off(settings)
    mail = _mails(settings)[f"enrolled-{enrolment['id']}.eml"]
    assert mail["To"] == OTHER_LEARNER
    assert "/learn/partnership-essentials" in mail.get_content()
    async with database.transaction() as session:
        args = {"ids": f'{{"ids": ["{enrolment["id"]}"]}}'}
        again = text(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
            "VALUES ('lms', 'mail.enrolled', CAST(:ids AS jsonb))"
        )
        await session.execute(again, args)
    (settings.var_dir / "mail" / f"enrolled-{enrolment['id']}.eml").unlink()
    await work_off(settings)
    assert f"enrolled-{enrolment['id']}.eml" not in _mails(settings)


async def test_what_was_recorded_elsewhere_sends_no_mail(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    row = {
        "person": LEARNER,
        "course": "legal-foundations",
        "occurred_on": "2026-05-04",
        "source": "Elsewhere",
    }
    answer = await client.post(
        "/api/v1/completions/batch", json={"completions": [row]}, headers=cast.token(HR)
    )
    recorded = answer.json()["results"][0]["id"]
    await work_off(settings)
    assert f"completed-{recorded}.eml" not in _mails(settings)


class _Choosy:
    """A mail server that takes no mail for one address."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_RCPT(self, _server: object, _session: object, envelope: Any, to: str, _: object) -> str:
        if to.startswith("gone"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.taken += envelope.rcpt_tos
        return "250 OK"


async def test_an_address_that_is_refused_keeps_nobody_else_from_being_told(settings: Settings) -> None:
    server = _Choosy()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    outside = Outside(settings.model_copy(update={"mail_url": f"smtp://127.0.0.1:{port}"}))
    people = ("first@demo.example", "gone@demo.example", "last@demo.example")
    mails = [Mail(f"refused-test:{each}", each, "Subject", "Body\n") for each in people]
    try:
        for _ in range(2):  # tried again, the others are not sent again
            with pytest.raises(ExceptionGroup):
                await send_once(outside, "renewals.remind", mails)
    finally:
        controller.stop()
        await outside.close()
    assert server.taken == ["first@demo.example", "last@demo.example"]


async def test_files_that_no_row_names_are_cleared_after_a_day(settings: Settings, tmp_path: Path) -> None:
    own = settings.model_copy(update={"var_dir": tmp_path})
    outside = Outside(own)
    outside.storage.folder.mkdir(parents=True)
    old, new = outside.storage.path("0" * 32), outside.storage.path("1" * 32)
    old.write_text("old", encoding="utf-8")
    new.write_text("new", encoding="utf-8")
    os.utime(old, (time.time() - 90_000,) * 2)
    await clear_storage(outside)
    await outside.database.close()
    assert not old.exists()
    assert new.exists()


async def test_a_new_password_is_announced_to_its_owner(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    sent = {"current": cast.passwords[LEARNER], "new": "three quiet rivers meet here"}
    changed = await client.post("/api/v1/me/password", json=sent, headers=cast.token(LEARNER))
    assert changed.status_code < 300, changed.text
    await work_off(settings)
    found = [mail for name, mail in _mails(settings).items() if name.startswith("password-changed")]
    assert [mail["To"] for mail in found] == [LEARNER]
    assert "three quiet rivers" not in found[0].get_content()


async def test_a_proposed_plan_is_announced_to_whom_it_was_proposed(
    client: AsyncClient, cast: Cast, settings: Settings
) -> None:
    person = cast.ids[COLLEAGUE]
    made = await client.post(
        f"/api/v1/people/{person}/plans", json={"courses": []}, headers=cast.token(SUPERVISOR)
    )
    await work_off(settings)
    mail = _mails(settings)[f"plan-proposed-{made.json()['id']}.eml"]
    assert mail["To"] == COLLEAGUE
    assert "Daniel Okafor" in mail["Subject"]
