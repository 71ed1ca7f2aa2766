"""What pages say of assigned learning: titles, whom a rule is for, by when, and how an assignment stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.domain.due import AssignmentState
from lms.assigned.domain.rules import DueFrom
from lms.assigned.domain.standing import Standing
from lms.assigned.queries import extensions_to_decide, standings_by_id
from lms.catalogue.domain import Programmes
from lms.catalogue.queries import CourseTitle, get_profiles, get_programmes, titles_on_offer
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.i18n import format_day, format_list, translator
from lms.web.course_view import foreign
from lms.web.words import kinds_of_personnel, roles

NO_BREAK = "\N{NON-BREAKING HYPHEN}"
"""Keeps a grade such as P-4 on one line."""
KINDS = ("staff", "un_volunteer", "consultant", "intern", "gratis")
"""Kinds of personnel a rule may name, in the order of the form."""


@dataclass(frozen=True, slots=True)
class Names:
    """What courses, programmes and target profiles are called for one reader."""

    reader: str
    courses: Mapping[str, CourseTitle]
    programmes: Programmes
    profiles: Mapping[str, str]

    def title(self, row: Any) -> Any:
        """Of a rule, an assignment or a request: what was assigned, in its language."""
        if row.programme is not None:
            found = self.programmes.get(row.programme)
            return found.name.for_reader(self.reader) if found else row.programme
        known = self.courses.get(row.course)
        return foreign(known.title, known.language, self.reader) if known else row.course

    def plain_title(self, row: Any) -> str:
        """The same for a heading or a sentence that carries no markup."""
        if row.programme is not None:
            return str(self.title(row))
        known = self.courses.get(row.course)
        return known.title if known else str(row.course)

    def whom(self, rule: Any) -> list[tuple[str, str]]:
        """Whom a rule is for, as terms and what they are."""
        _ = translator(self.reader).gettext
        kinds, granted = kinds_of_personnel(self.reader), roles(self.reader)
        lines = [(_("Personnel"), self._listed(kinds.get(each, each) for each in rule.kinds))]
        if rule.grades:
            lines.append((_("Grades"), self._listed([each.replace("-", NO_BREAK) for each in rule.grades])))
        if rule.roles:
            lines.append((_("Roles"), self._listed(granted.get(each, (each, ""))[0] for each in rule.roles)))
        if rule.profiles:
            lines.append(
                (_("Target profiles"), self._listed(self.profiles.get(each, each) for each in rule.profiles))
            )
        if rule.new_joiners:
            lines.append((_("Joined"), self._joined(rule)))
        return lines

    def _joined(self, rule: Any) -> str:
        says = translator(self.reader)
        if rule.starts_on is None:
            return says.gettext("on the day of activation or later")
        return says.gettext("on %(day)s or later") % {"day": format_day(rule.starts_on, self.reader)}

    def due(self, rule: Any) -> str:
        """By when."""
        says = translator(self.reader)
        if rule.due_on is not None:
            return format_day(rule.due_on, self.reader)
        if rule.due_from == DueFrom.JOINING:
            return says.ngettext("%(num)d day after joining", "%(num)d days after joining", rule.due_days)
        return says.ngettext(
            "%(num)d day after being assigned", "%(num)d days after being assigned", rule.due_days
        )

    def _listed(self, items: Iterable[str]) -> str:
        return format_list(list(items), self.reader)


async def names_for(session: AsyncSession, language: str) -> Names:
    """Read what things are called, in three statements."""
    offered = await titles_on_offer(session, language=language)
    profiles = (await get_profiles(session)).profiles
    return Names(
        reader=language,
        courses={each.key: each for each in offered},
        programmes=(await get_programmes(session)).programmes,
        profiles={each.key: each.name.for_reader(language) for each in profiles},
    )


def address(row: Any) -> str:
    """Where one goes on with what was assigned."""
    return f"/programmes/{row.programme}" if row.programme is not None else f"/courses/{row.course}"


def lines_of(names: Names, standings: Sequence[Standing], today: Any, *, own: bool) -> list[dict[str, Any]]:
    """Assignments as a list or table shows them: to their person, or to somebody else."""
    return [
        {
            "row": each,
            "title": names.title(each),
            "plain": names.plain_title(each),
            "href": address(each),
            "due_on": each.due_on,
            "state": (each.state(today) if own else each.state_to_others(today)).value,
            "moved": each.due_on != each.first_due_on,
            "waiting": each.waiting,
        }
        for each in standings
    ]


async def requests_waiting(session: AsyncSession, actor: Actor) -> list[tuple[Any, Standing]]:
    """Requests for more time that this actor decides, each with how its assignment stands."""
    rows = await extensions_to_decide(session, actor=actor, limit=200)
    known = await standings_by_id(session, [row.assignment_id for row in rows])
    found = [(row, known[row.assignment_id]) for row in rows]
    return [each for each in found if each[1].state(clock.today()) is not AssignmentState.DONE]
