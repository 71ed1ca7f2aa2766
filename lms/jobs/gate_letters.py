"""The mails of the gate: a partner who passed passes no more, or soon will not. Owners read neutral words only."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.joint_trainings.queries.signing import managers_with
from lms.kernel import clock
from lms.kernel.i18n import format_day, translator
from lms.partners.domain.gate import Effort, Known, Question, Scope, judge
from lms.partners.policies import policy_for
from lms.partners.screening_queries import known_of, owners_of, watched_pairs

BACK_DAYS, AHEAD_DAYS = 7, 30
"""A job that did not run for a week still tells; who decides is told a month before something ends."""


async def gate_lapses(session: AsyncSession, base_url: str) -> list[Mail]:
    """What is to be said today. Each mail's key names the day of the lapse, so that it goes out once."""
    today, mails = clock.today(), list[Mail]()
    for pair in await watched_pairs(session, today):
        known = await known_of(session, pair.id)
        last = last_clear_day(known, pair.path, today)
        if last is None or last == today + timedelta(days=AHEAD_DAYS):
            continue
        for owner in await owners_of(session, pair.id, pair.path, today):
            if owner.is_officer or last < today:
                mails.append(_mail(pair, owner, last, base_url, has_lapsed=last < today))
        for manager in await managers_with(session, pair.id, pair.path) if last < today else ():
            mails.append(_mail(pair, manager, last, base_url, has_lapsed=True))
    return list({mail.key: mail for mail in mails}.values())  # one person may own an agreement and a training


def last_clear_day(known: Known, path: str, today: date) -> date | None:
    """The last day of the present or latest clear stretch, from a week back to a month ahead; None: there is none."""
    policy = policy_for(path)
    days = [today + timedelta(days=n) for n in range(-BACK_DAYS, AHEAD_DAYS + 1)]
    clear = {
        day: judge(known, Question(path, day, Scope.JOINT_TRAINING, Effort.LIGHT), policy).is_clear
        for day in days
    }
    if clear[today]:
        return next((day - timedelta(days=1) for day in days if day > today and not clear[day]), days[-1])
    return next((day for day in reversed(days) if day < today and clear[day]), None)


def _mail(pair: Any, owner: Any, last: date, base_url: str, *, has_lapsed: bool) -> Mail:
    says, day = translator(owner.language), format_day(last, owner.language)
    told = {"partner": pair.name, "entity": pair.entity_name, "day": day}
    is_officer = getattr(owner, "is_officer", False)  # who manages a training is told as an owner is
    if is_officer:
        subject = says.gettext("Screening of %(partner)s", partner=pair.name)
        body = (
            says.gettext(
                "%(partner)s passed the gate of %(entity)s until %(day)s and passes it no more.", **told
            )
            if has_lapsed
            else says.gettext("%(partner)s passes the gate of %(entity)s until %(day)s, not longer.", **told)
        )
        link = f"{base_url}/partners/{pair.key}/screening?entity={pair.entity}"
    else:
        subject = says.gettext("%(partner)s is not clear", partner=pair.name)
        body = says.gettext(
            "%(partner)s is not clear for %(entity)s; ask your screening officer. Nothing new starts; what is under "
            "way goes on.",
            **told,
        )
        link = f"{base_url}/partners/{pair.key}"
    kind = "lapsed" if has_lapsed else "ahead"
    key = f"gate:{pair.id}:{pair.entity}:{last}:{kind}:{owner.id}:{is_officer}"
    return Mail(key, owner.email, subject, f"{body}\n\n{link}\n")
