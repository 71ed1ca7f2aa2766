"""The mails of renewal: from when a completion can be renewed, how long it still counts, that it has lapsed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.catalogue.domain import Edition
from lms.catalogue.queries import get_editions
from lms.enrolments.domain.renewals import ENDED, TOLD_WITHIN_DAYS, Lapsing
from lms.enrolments.renewal_queries import completions_ending
from lms.kernel import clock
from lms.kernel.i18n import format_day, format_minutes, translator

LONGEST_WINDOW_DAYS = 365


async def renewals_due(session: AsyncSession, ladder: Sequence[int], base_url: str) -> list[Mail]:
    """What is to be said today. Each mail's key names the end and the rung, so that it goes out once."""
    today = clock.today()
    rows = await completions_ending(
        session,
        first=today - timedelta(days=TOLD_WITHIN_DAYS),
        last=today + timedelta(days=LONGEST_WINDOW_DAYS),
        today=today,
    )
    editions = await get_editions(session, {row.current_version_id for row in rows})
    mails = []
    for row in rows:
        edition = editions[row.current_version_id]
        rung = Lapsing.of(row).reminder_on(today, edition.course, ladder)
        if rung is not None:
            mails.append(_mail(row, edition, rung, base_url))
    return mails


def _mail(row: Any, edition: Edition, rung: int, base_url: str) -> Mail:
    says = translator(row.language)
    title = edition.texts[edition.language_for(row.language)].title
    subject = (
        says.gettext("Has lapsed: %(course)s") if rung == ENDED else says.gettext("To be renewed: %(course)s")
    )
    lines = _lines(row, edition, rung)
    body = "\n\n".join([*lines, f"{base_url}/courses/{row.key}"])
    return Mail(
        f"renewal:{row.id}:{row.valid_until}:{rung}", row.email, subject % {"course": title}, f"{body}\n"
    )


def _lines(row: Any, edition: Edition, rung: int) -> list[str]:
    says, day = translator(row.language), format_day(row.valid_until, row.language)
    if rung == ENDED:
        return [
            says.gettext("Your completion counted until %(day)s. It stays on your record.", day=day),
            says.gettext("To have it count again, take the course again:"),
        ]
    lines = [says.gettext("Your completion counts until %(day)s.", day=day)]
    if row.superseded_by_id is not None:
        lines.append(
            says.gettext(
                "A newer edition says something that matters: who holds an earlier one renews it by this day."
            )
        )
    if Lapsing.of(row).takes_short_path(clock.today(), edition.course):
        minutes = sum(each.minutes for each in edition.course.for_renewal().required_activities)
        time = format_minutes(minutes, row.language)
        lines.append(says.gettext("While it counts, a shorter path of %(time)s renews it:", time=time))
    else:
        lines.append(says.gettext("Renew it here:"))
    return lines
