"""The mails of practice: to whom one reported, to the person, and to a partner's contact who confirms facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail, Mailer, Undeliverable
from lms.kernel.database import Database
from lms.kernel.i18n import format_day, format_moment, translator
from lms.people.domain import digest_of, new_secret

_SUBMITTED = text(
    """SELECT c.id, c.role, c.revision, w.name AS person, p.email, p.language FROM practice_claims c
         JOIN persons w ON w.id = c.person_id JOIN persons p ON p.id = c.officer_id AND p.email IS NOT NULL
        WHERE c.id = ANY(CAST(:ids AS uuid[])) AND c.state = 'submitted'"""
)
_DECIDED = text(
    """SELECT c.id, c.role, c.state, c.revision, o.name AS officer, p.email, p.language FROM practice_claims c
         JOIN persons p ON p.id = c.person_id AND p.email IS NOT NULL
         JOIN persons o ON o.id = c.officer_id
        WHERE c.id = ANY(CAST(:ids AS uuid[])) AND c.state IN ('attested', 'refused')"""
)
_ASKED = text(
    """SELECT f.id, f.email, f.name, f.expires_at, w.name AS person, c.role, c.from_on, c.until_on, c.place
         FROM practice_confirmations f JOIN practice_claims c ON c.id = f.claim_id
         JOIN persons w ON w.id = c.person_id
        WHERE f.id = :id AND f.answered_at IS NULL AND f.email IS NOT NULL FOR UPDATE OF f"""
)
_LINKED = text("UPDATE practice_confirmations SET token_digest = :digest WHERE id = :id")
_IS_SENT = text("SELECT 1 FROM sent_mails WHERE key = :key")


async def submitted(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the reporting officer of that time: somebody asks them to attest."""
    mails = []
    for row in await session.execute(_SUBMITTED, {"ids": list(ids)}):
        _ = translator(row.language).gettext
        subject = _("%(name)s asks you to attest partnership work", name=row.person)
        body = _("What was done, with which results, and the levels that it shows:")
        words = f"{row.role}\n\n{body}\n{base_url}/practice/{row.id}\n"
        mails.append(Mail(f"practice:{row.id}:{row.revision}", row.email, subject, words))
    return mails


async def decided(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person: whether it was attested."""
    mails = []
    for row in await session.execute(_DECIDED, {"ids": list(ids)}):
        _ = translator(row.language).gettext
        is_good = row.state == "attested"
        told = {"officer": row.officer}
        subject = (
            _("%(officer)s attested your practice", **told)
            if is_good
            else _("%(officer)s did not attest your practice", **told)
        )
        body = _("The words and the levels:")
        words = f"{row.role}\n\n{body}\n{base_url}/practice/{row.id}\n"
        mails.append(Mail(f"practice-decided:{row.id}:{row.revision}", row.email, subject, words))
    return mails


LETTERS = {"mail.practice_submitted": submitted, "mail.practice_decided": decided}


async def ask_contacts(database: Database, mailer: Mailer, base_url: str, ids: Sequence[UUID]) -> None:
    """Write to contacts who are to confirm facts. The secret of the link is nowhere but in the letter.

    A link is good once its letter is sent; run twice each goes out once.
    """
    refused: list[Undeliverable] = []
    for confirmation_id in ids:
        try:
            await _ask(database, mailer, base_url, confirmation_id)
        except Undeliverable as error:
            refused.append(error)
    if refused:
        raise ExceptionGroup("Requests to confirm were not taken.", refused)


async def _ask(database: Database, mailer: Mailer, base_url: str, confirmation_id: UUID) -> None:
    async with database.transaction() as session:
        row = (await session.execute(_ASKED, {"id": confirmation_id})).one_or_none()
        key = f"practice-confirm:{confirmation_id}"
        if row is None or await session.scalar(_IS_SENT, {"key": key}):
            return
        secret = new_secret()
        await session.execute(_LINKED, {"id": confirmation_id, "digest": digest_of(secret)})
        await session.execute(
            text("INSERT INTO sent_mails (key, sent_at) VALUES (:key, now())"), {"key": key}
        )
        await mailer.send(_letter(row, key, f"{base_url}/confirm/{secret}"))


def _letter(row: Any, key: str, link: str) -> Mail:
    """In English and French: what language a contact reads is not known."""
    parts = []
    for language in ("en", "fr"):
        _ = translator(language).gettext
        until = format_day(row.until_on, language) if row.until_on else _("today")
        parts.append(
            "\n\n".join(
                [
                    _("%(name)s says that they worked with you:", name=row.person),
                    f"{row.role}, {format_day(row.from_on, language)} – {until}, {row.place}",
                    _("Please say whether role, days and place are right. Nothing else is asked."),
                    link,
                    _("Open until %(moment)s.", moment=format_moment(row.expires_at, language)),
                ]
            )
        )
    subject = translator("en").gettext("Please confirm three facts about %(name)s", name=row.person)
    return Mail(key, row.email, subject, "\n\n* * *\n\n".join(parts) + "\n")
