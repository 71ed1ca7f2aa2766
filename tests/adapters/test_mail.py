"""Mail to a folder, and by SMTP to a real server."""

import email
import socket
from email import policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from lms.adapters.mail import FileMailer, Mail, make_mailer
from lms.settings import Settings

MAIL = Mail("completed:1", "ليلى@example.org", "Vous avez terminé : 法律基础", "Texte — نص\n")


class _Inbox(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[email.message.Message] = []

    def handle_message(self, message: email.message.Message) -> None:
        self.messages.append(message)


async def test_a_mail_becomes_a_file_that_mail_programs_open(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path / "mail", "from@example.org")
    await mailer.send(MAIL)
    await mailer.send(MAIL)  # the same mail again is the same file
    (file,) = (tmp_path / "mail").iterdir()
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (read["Subject"], read.get_content()) == (MAIL.subject, MAIL.body)
    assert read["Message-ID"] == "<completed.1@example.org>", "the same each time it is sent"


async def test_a_mail_goes_out_by_smtp(tmp_path: Path) -> None:
    inbox = _Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings = Settings(mail_url=f"smtp://127.0.0.1:{port}", var_dir=tmp_path)
        plain = Mail("enrolled:1", "learner@example.org", "Subject", "Body\n")
        await make_mailer(settings).send(plain)
    finally:
        controller.stop()
    assert [message["To"] for message in inbox.messages] == ["learner@example.org"]


async def test_a_server_that_is_not_there_is_an_error_to_be_tried_again(tmp_path: Path) -> None:
    settings = Settings(mail_url="smtp://127.0.0.1:9", var_dir=tmp_path)
    with pytest.raises(OSError):
        await make_mailer(settings).send(MAIL)
