"""Mail behind a small interface: to a folder by default, by SMTP when `LMS_MAIL_URL` says so."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.settings import Settings


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `key` is what makes it one of a kind, so that it is not sent twice.

    `calendar` is an invitation for the reader's calendar (iCalendar) and `method` its own (RFC 6047).
    """

    key: str
    to: str
    subject: str
    body: str
    calendar: str | None = None
    method: str = ""


class SentMail(SQLModel, table=True):
    """A mail that was sent, by what makes it one of a kind; its job may run twice, it may not."""

    __tablename__ = "sent_mails"

    key: str = Field(sa_column=Column(Text(), primary_key=True))
    sent_at: datetime = Field(sa_column=moment(nullable=False))


class Undeliverable(Exception):
    """This one mail is not taken: its address is refused, or cannot be written. Others may be."""


class Mailer(Protocol):
    """Sends mail; raises when it cannot, and the job is tried again. `Undeliverable` says that others can be sent."""

    async def send(self, mail: Mail) -> None: ...


def make_mailer(settings: Settings) -> Mailer:
    """The mailer that the settings name."""
    if settings.mail_url.startswith("file:"):
        return FileMailer(settings.var_dir / "mail", settings.mail_from)
    return SmtpMailer(settings.mail_url, settings.mail_from)


def _message(mail: Mail, sender: str) -> EmailMessage:
    """The same mail has the same id each time: if a crash has it sent again, mail programs may show it once."""
    message = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<{mail.key.replace(':', '.')}@{domain}>"
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = clock.now()
    message.set_content(mail.body)
    if mail.calendar is not None:
        message.add_alternative(mail.calendar, subtype="calendar", params={"method": mail.method})
    return message


class FileMailer:
    """Writes each mail as an .eml file, to be opened with any mail program."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder, self.sender = folder, sender

    async def send(self, mail: Mail) -> None:
        """Write the mail; the same one again overwrites its file."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = mail.key.replace(":", "-").replace("/", "-")
        (self.folder / f"{name}.eml").write_bytes(bytes(_message(mail, self.sender)))


# An address that no mail can have is a ValueError; one in letters that the server does not take is not supported.
_REFUSED = (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPNotSupported, ValueError)


class SmtpMailer:
    """Sends by SMTP: `smtp://user:password@host:port`, `smtps://` for TLS from the start."""

    def __init__(self, url: str, sender: str) -> None:
        self.url, self.sender = urlsplit(url), sender

    async def send(self, mail: Mail) -> None:
        """Hand the mail to the server; STARTTLS is used where it is offered."""
        client = aiosmtplib.SMTP(
            hostname=self.url.hostname,
            port=self.url.port,
            username=unquote(self.url.username) if self.url.username else None,
            password=unquote(self.url.password) if self.url.password else None,
            use_tls=self.url.scheme == "smtps",
            timeout=30,
        )
        async with client:
            try:
                await client.send_message(_message(mail, self.sender))
            except _REFUSED as error:
                raise Undeliverable(f"{mail.key}: {type(error).__name__}") from error
            except asyncio.CancelledError:
                client.close()  # or the end of the block says goodbye to a server that may not answer
                raise
