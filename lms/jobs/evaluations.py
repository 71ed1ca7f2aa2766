"""What evaluations do by themselves, and the mails that ask for answers: one for each person and day, none twice."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.evaluations.domain.levels import Kind
from lms.evaluations.forms import days
from lms.evaluations.service.day import ASKED, follow_day
from lms.kernel import clock
from lms.kernel.database import Database
from lms.kernel.i18n import format_day, translator

# A mail says that somebody has not answered to nobody but themselves.
_OPEN = """SELECT a.training_id, a.kind, a.person_id, a.about_id, a.opens_on, a.closes_on, t.title,
                  p.email, p.language, o.name AS about
             FROM evaluation_asks a JOIN joint_trainings t ON t.id = a.training_id
             JOIN persons p ON p.id = a.person_id AND p.email IS NOT NULL
             JOIN persons o ON o.id = a.about_id
            WHERE a.is_answered IS FALSE AND a.opens_on <= :today AND a.closes_on >= :today AND {narrowed}
            ORDER BY a.training_id, a.person_id, a.about_id, a.opens_on, a.kind"""
_OF_TRAININGS = text(_OPEN.format(narrowed="a.training_id = ANY(CAST(:ids AS uuid[]))"))
_WAITING = text(_OPEN.format(narrowed="a.opens_on <= CAST(:today AS date) - CAST(:days AS integer)"))


async def asked(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To those who are asked by these trainings: which forms, until when."""
    values = {"ids": list(ids), "today": clock.today()}
    return _mails((await session.execute(_OF_TRAININGS, values)).all(), base_url, is_reminder=False)


async def reminders(session: AsyncSession, base_url: str) -> list[Mail]:
    """To those who have left a form for a week; once for each."""
    values = {"today": clock.today(), "days": days().remind_after}
    return _mails((await session.execute(_WAITING, values)).all(), base_url, is_reminder=True)


def _mails(rows: Iterable[Any], base_url: str, *, is_reminder: bool) -> list[Mail]:
    def together(row: Any) -> tuple[Any, ...]:
        return row.training_id, row.person_id, row.about_id, row.opens_on

    return [
        _mail(list(some), base_url, ":".join(str(part) for part in key), is_reminder=is_reminder)
        for key, some in groupby(rows, key=together)
    ]


def _mail(rows: Sequence[Any], base_url: str, key: str, *, is_reminder: bool) -> Mail:
    first = rows[0]
    says = translator(first.language)
    subject = (
        says.gettext("Still open: your view of %(training)s", training=first.title)
        if is_reminder
        else says.gettext("Your view is asked: %(training)s", training=first.title)
    )
    parts = [
        f"{_named(row)}\n{says.gettext('Open until %(day)s:', day=format_day(row.closes_on, row.language))}\n"
        f"{base_url}/evaluations/{row.training_id}/{row.kind}{_about(row)}"
        for row in rows
    ]
    return Mail(
        f"evaluation-{'reminder' if is_reminder else 'asked'}:{key}",
        first.email,
        subject,
        "\n\n".join(parts) + "\n",
    )


def _named(row: Any) -> str:
    _ = translator(row.language).gettext
    match Kind(row.kind):
        case Kind.REACTION:
            return _("A few questions about the training, answered anonymously.")
        case Kind.PRE_TEST:
            return _("A short test before the training. Only you see your score.")
        case Kind.POST_TEST:
            return _("The same test again, after the training. Only you see your score.")
        case Kind.BEHAVIOUR:
            return _("What came of the training in your work? A few questions.")
        case Kind.SUPERVISOR:
            return _(
                "%(name)s agreed that you are asked what came of the training in their work.", name=row.about
            )


def _about(row: Any) -> str:
    return f"?about={row.about_id}" if row.kind == Kind.SUPERVISOR else ""


LETTERS = {ASKED: asked}
"""A job's name and the letters it writes."""


def tasks(database: Callable[[], Database]) -> dict[str, Callable[..., Awaitable[None]]]:
    """Each job of evaluations by its name."""

    async def follow(**_: Any) -> None:
        async with database().transaction() as session:
            await follow_day(session)

    return {"evaluations.follow_day": follow}
