"""The mails about lessons: one waits to be reviewed, one was reviewed, and the month's lessons for who asked."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.joint_trainings.domain.lessons import last_of_month
from lms.joint_trainings.queries.lesson_library import LessonFilters, digest_readers, list_lessons
from lms.kernel.access import Permission
from lms.kernel.i18n import format_month, translator
from lms.people.domain import PERMISSIONS_BY_ROLE

MOST = 100
"""Lessons of one month that a mail lists; the page has them all."""

# Who reviews for an entity that hosts, and did not write it.
_REVIEWERS = text(
    """SELECT DISTINCT l.id, l.submitted_text_id, l.training_id, p.id AS person_id, p.email, p.language
         FROM lessons l JOIN training_hosts h ON h.training_id = l.training_id
         JOIN entities e ON e.id = h.entity_id
         JOIN role_grants g ON g.role = ANY(:roles) AND g.revoked_at IS NULL AND g.partner_id IS NULL
              AND (g.until_on IS NULL OR g.until_on >= current_date)
         LEFT JOIN entities ge ON ge.id = g.entity_id
         JOIN persons p ON p.id = g.person_id AND p.email IS NOT NULL
        WHERE l.id = ANY(CAST(:ids AS uuid[])) AND l.state = 'submitted'
          AND starts_with(e.path, coalesce(ge.path, '/'))
          AND NOT EXISTS (SELECT 1 FROM lesson_authors a WHERE a.lesson_id = l.id AND a.person_id = p.id)"""
)
_AUTHORS = text(
    """SELECT r.id AS review_id, r.outcome, l.training_id, l.key, p.id AS person_id, p.email, p.language
         FROM lessons l JOIN lesson_authors a ON a.lesson_id = l.id
         JOIN persons p ON p.id = a.person_id AND p.email IS NOT NULL
         JOIN LATERAL (SELECT id, outcome FROM lesson_reviews r
                        WHERE r.lesson_id = l.id AND r.text_id = l.submitted_text_id
                        ORDER BY r.id DESC LIMIT 1) r ON true
        WHERE l.id = ANY(CAST(:ids AS uuid[]))"""
)
REVIEWING_ROLES = [
    role.value for role, held in PERMISSIONS_BY_ROLE.items() if Permission.LESSONS_REVIEW in held
]


async def submitted(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To those who review: a lesson waits."""
    mails = []
    values = {"ids": list(ids), "roles": REVIEWING_ROLES}
    for row in await session.execute(_REVIEWERS, values):
        _ = translator(row.language).gettext
        body = f"{_('Read it and decide:')}\n\n{base_url}/lessons/review/{row.training_id}\n"
        key = f"lesson-to-review:{row.submitted_text_id}:{row.person_id}"
        mails.append(Mail(key, row.email, _("A lesson waits to be reviewed"), body))
    return mails


async def reviewed(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To those who wrote it: how the review ended. What the reviewer says stands on the page, not in the mail."""
    mails = []
    for row in await session.execute(_AUTHORS, {"ids": list(ids)}):
        _ = translator(row.language).gettext
        if row.outcome == "published":
            subject, link = _("Your lesson is published"), f"{base_url}/lessons/{row.key}"
        else:
            subject, link = _("Your lesson was reviewed"), f"{base_url}/trainings/{row.training_id}/lesson"
        key = f"lesson-reviewed:{row.review_id}:{row.person_id}"
        mails.append(Mail(key, row.email, subject, f"{_('Open it here:')}\n\n{link}\n"))
    return mails


async def month_digest(session: AsyncSession, month: date, base_url: str) -> list[Mail]:
    """To everybody who asked: what was published in that month, each in their language where it can be read so.

    A month without a lesson has no mail. A mail's key names month and reader, so that it goes out once.
    """
    filters = LessonFilters(from_on=month, until_on=last_of_month(month))
    in_language: dict[str, Sequence[Any]] = {}
    mails = []
    for reader in await digest_readers(session):
        if reader.language not in in_language:
            in_language[reader.language] = await list_lessons(
                session, filters, reader=reader.language, limit=MOST
            )
        if in_language[reader.language]:
            mails.append(_digest(reader, month, in_language[reader.language], base_url))
    return mails


def _digest(reader: Any, month: date, rows: Sequence[Any], base_url: str) -> Mail:
    says, name = translator(reader.language), format_month(month, reader.language)
    subject = says.gettext("Lessons from joint trainings: %(month)s", month=name)
    lines = [f"{row.title}\n{base_url}/lessons/{row.key}" for row in rows]
    ends = says.gettext("All of them, and how to stop these e-mails:")
    body = "\n\n".join([*lines, ends, f"{base_url}/lessons/digest/{month:%Y-%m}"])
    return Mail(f"lesson-digest:{month:%Y-%m}:{reader.id}", reader.email, subject, f"{body}\n")


Write = Callable[[AsyncSession, Sequence[UUID], str], Awaitable[list[Mail]]]
LETTERS: dict[str, Write] = {"mail.lesson_submitted": submitted, "mail.lesson_reviewed": reviewed}
"""A job's name and the letters it writes."""
