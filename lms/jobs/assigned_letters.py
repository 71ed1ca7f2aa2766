"""The mails of assigned learning: assigned, reminded, more time asked for and decided."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.assigned.domain.due import AssignmentState
from lms.assigned.domain.standing import Standing
from lms.assigned.queries import standings_by_id
from lms.catalogue.queries import get_programmes, titles_on_offer
from lms.kernel import clock
from lms.kernel.i18n import Translator, format_day, translator

_ADDRESSES = text(
    """SELECT id, email, language FROM persons
        WHERE id = ANY(CAST(:ids AS uuid[])) AND email IS NOT NULL AND erased_at IS NULL"""
)


class Titles:
    """What courses and programmes are called, in each language read once."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._courses: dict[str, dict[str, str]] = {}

    async def of(self, standing: Standing, language: str) -> str:
        """The title of what was assigned; its key where it is not on offer any more."""
        if standing.programme is not None:
            found = (await get_programmes(self._session)).programmes.get(standing.programme)
            return found.name.for_reader(language) if found else standing.programme
        if language not in self._courses:
            offered = await titles_on_offer(self._session, language=language)
            self._courses[language] = {each.key: each.title for each in offered}
        return self._courses[language].get(str(standing.course), str(standing.course))


def address_of(standing: Standing, base_url: str) -> str:
    """Where one goes on: the course, or the programme."""
    if standing.programme is not None:
        return f"{base_url}/programmes/{standing.programme}"
    return f"{base_url}/courses/{standing.course}"


async def _people(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Address and language of those who have one."""
    rows = await session.execute(_ADDRESSES, {"ids": list(set(ids))})
    return {row.id: (row.email, row.language) for row in rows}


async def assigned(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person: what, why, by whom and by when. What ended meanwhile is not announced."""
    found = await standings_by_id(session, ids)
    people = await _people(session, [each.person_id for each in found.values()])
    titles, mails = Titles(session), []
    for each in found.values():
        if each.person_id not in people or each.state(clock.today()) is AssignmentState.ENDED:
            continue
        email, language = people[each.person_id]
        says = translator(language)
        subject = says.gettext("Assigned to you: %(course)s") % {"course": await titles.of(each, language)}
        lines = [*_why(each, says), _due(each.due_on, says, language), address_of(each, base_url)]
        mails.append(Mail(f"assigned:{each.id}", email, subject, "\n\n".join(lines) + "\n"))
    return mails


def _why(standing: Standing, says: Translator) -> list[str]:
    values = {"name": standing.by_name, "entity": standing.entity_name}
    if standing.compulsory:
        by = says.gettext("%(name)s has made it compulsory for %(entity)s.") % values
        by += " " + says.gettext("Decision: %(reference)s") % {"reference": standing.decision}
    else:
        by = says.gettext("%(name)s recommends it to people of %(entity)s.") % values
    return [by, standing.reason] if standing.reason else [by]


def _due(day: date, says: Translator, language: str) -> str:
    return says.gettext(
        "It is due by %(day)s. If that is too soon, ask for more time on the page My learning."
    ) % {"day": format_day(day, language)}


_REMINDED = text(
    """SELECT id, assignment_id, due_on, step FROM assignment_reminders
        WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id"""
)


async def reminded(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person alone: it is due, or was. What was done or ended meanwhile is passed over."""
    rows = (await session.execute(_REMINDED, {"ids": list(ids)})).all()
    found = await standings_by_id(session, [row.assignment_id for row in rows])
    people = await _people(session, [each.person_id for each in found.values()])
    titles, mails = Titles(session), []
    for row in rows:
        each = found[row.assignment_id]
        over = each.state(clock.today()) in (AssignmentState.DONE, AssignmentState.ENDED)
        if each.person_id not in people or over:
            continue
        email, language = people[each.person_id]
        says, late = translator(language), row.step < 0
        title = await titles.of(each, language)
        subject = (says.gettext("Overdue: %(course)s") if late else says.gettext("Due soon: %(course)s")) % {
            "course": title
        }
        body = _overdue(row.due_on, says, language) if late else _due(row.due_on, says, language)
        lines = f"{body}\n\n{address_of(each, base_url)}\n"
        mails.append(Mail(f"reminded:{row.id}", email, subject, lines))
    return mails


def _overdue(day: date, says: Translator, language: str) -> str:
    return says.gettext(
        "It was due by %(day)s. You are told first; from now on your supervisor sees it as overdue too."
        " You can still complete it, or ask for more time on the page My learning."
    ) % {"day": format_day(day, language)}


_ASKED = text(
    """SELECT x.id, x.assignment_id, x.until_on, p.name AS person_name, o.id AS officer_id, o.email, o.language
         FROM assignment_extensions x JOIN assignments s ON s.id = x.assignment_id
         JOIN persons p ON p.id = s.person_id
         JOIN affiliations a ON a.person_id = s.person_id AND a.from_on <= current_date
              AND (a.until_on IS NULL OR a.until_on >= current_date)
         JOIN persons o ON o.id = a.first_reporting_officer_id AND o.email IS NOT NULL AND o.id <> p.id
        WHERE x.id = ANY(CAST(:ids AS uuid[])) AND o.erased_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM extension_decisions d WHERE d.extension_id = x.id)"""
)


async def extension_asked(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the reporting officer: somebody asks for more time. Why they do stands on the page, not in the mail."""
    mails = []
    for row in await session.execute(_ASKED, {"ids": list(ids)}):
        says = translator(row.language)
        subject = says.gettext("%(name)s asks for more time") % {"name": row.person_name}
        body = says.gettext("For a course that was assigned to them. Decide about it here:")
        key = f"extension-asked:{row.id}:{row.officer_id}"
        mails.append(Mail(key, row.email, subject, f"{body}\n\n{base_url}/team/assigned\n"))
    return mails


_DECIDED = text(
    """SELECT x.id, x.until_on, d.granted, p.email, p.language FROM assignment_extensions x
         JOIN extension_decisions d ON d.extension_id = x.id JOIN assignments s ON s.id = x.assignment_id
         JOIN persons p ON p.id = s.person_id AND p.email IS NOT NULL
        WHERE x.id = ANY(CAST(:ids AS uuid[]))"""
)


async def extension_decided(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the person: granted or not. The words to it stand on the page."""
    mails = []
    for row in await session.execute(_DECIDED, {"ids": list(ids)}):
        says = translator(row.language)
        granted, refused = says.gettext("You have more time"), says.gettext("The due day stays as it is")
        body = says.gettext("What was decided about your request stands on the page My learning:")
        key, subject = f"extension-decided:{row.id}", granted if row.granted else refused
        mails.append(Mail(key, row.email, subject, f"{body}\n\n{base_url}/learning\n"))
    return mails
