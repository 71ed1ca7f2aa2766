"""The participation report as a page: a chart over time, and people by course, office and language for each year."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError, NotFound
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, format_month, translator
from lms.recognition.domain import Period
from lms.reports import participation
from lms.reports.participation import By, Frame, Participation, ParticipationRow
from lms.reports.recognition import KINDS
from lms.reports.units import Choosable, choosable
from lms.web.charts import Column
from lms.web.course_view import foreign
from lms.web.coverage import HIDDEN, form_context
from lms.web.given import Errors, Values, chosen, day_in, said, texts
from lms.web.recognition_view import MONTHS_AT_MOST, months_of
from lms.web.session import page_permit, show
from lms.web.templating import NavItem, with_query

router = APIRouter()
PARTICIPATION = "/reports/participation"
_YEARS_AT_MOST = 10  # tables of a page; a file holds the others

EntityKey = Annotated[str, Query(max_length=100)]


@router.get(PARTICIPATION)
async def report(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.COVERAGE_READ),
    entity: EntityKey = "",
    from_on: Annotated[str, Query(alias="from", max_length=20)] = "",
    until_on: Annotated[str, Query(alias="to", max_length=20)] = "",
    kind: Annotated[str, Query(max_length=30)] = "staff",
) -> Response:
    """How many people enrolled in which course and completed it."""
    year = clock.today().year
    values: Values = {
        "entity": entity,
        "from": from_on or f"{year}-01-01",
        "to": until_on or f"{year}-12-31",
        "kind": chosen({"kind": kind}, "kind", dict.fromkeys(KINDS), "staff"),
    }
    errors = Errors()
    options = await choosable(session, actor=actor)
    found = await _found(request, session, actor, options, values, errors)
    context = {
        **form_context(request, options, values, errors),
        "years": _years(values),
        "address": PARTICIPATION,
        "report": None if found is None else _View(request, found, values).context(),
    }
    return show(request, "hr/participation.html", context, status=422 if found is None else 200)


def _years(values: Values) -> list[NavItem]:
    items = []
    for year in range(clock.today().year, clock.today().year - 3, -1):
        days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
        items.append(
            NavItem(str(year), with_query(PARTICIPATION, **values | days), current=values == values | days)
        )
    return items


async def _found(
    request: Request, session: AsyncSession, actor: Actor, options: Choosable, values: Values, errors: Errors
) -> Participation | None:
    """The report; None with a line in `errors` for what cannot be shown."""
    period = _period(request, values, errors)
    if period is None:
        return None
    try:
        frame = await _frame(session, actor, values, period, request.state.language)
    except NotFound:
        raise
    except DomainError as error:
        errors.update(said(error))
        return None
    return await participation.build(session, frame)


def _period(request: Request, values: Values, errors: Errors) -> Period | None:
    says = texts(request)
    first, last = day_in(values, "from", errors, says), day_in(values, "to", errors, says)
    if first is None or last is None:
        return None
    if last < first:
        errors["to"] = says.gettext("The period ends before it starts.")
    elif last.year - first.year >= _YEARS_AT_MOST:
        errors["to"] = says.gettext("This page shows ten years at most; a file holds more.")
    return None if errors else Period(first, last)


async def _frame(session: AsyncSession, actor: Actor, values: Values, period: Period, language: str) -> Frame:
    """By month where that may be seen and a chart has room for it; the tables add months up to years."""
    asked: dict[str, Any] = {
        "actor": actor,
        "entity": values["entity"] or None,
        "period": period,
        "kind": values["kind"],
        "language": language,
    }
    frame = await participation.frame(session, **asked)
    months = len(months_of(period, today=clock.today()))
    by: By = "month" if not frame.reach.outside and 0 < months <= MONTHS_AT_MOST else "year"
    return frame if by == "year" else await participation.frame(session, **asked, by=by)


class _View:
    """The report in the reader's words."""

    def __init__(self, request: Request, found: Participation, values: Values) -> None:
        self.language = request.state.language
        self.found, self.values = found, values
        self.frame = found.frame
        self.rows = found.rows()
        # The whole of what is shown: all together where there are several at the top, else the one at the head.
        self.head = (
            None if None in self.frame.reach.shown else self.frame.reach.unit(self.frame.reach.shown[0])
        )

    def context(self) -> dict[str, Any]:
        """What the template takes as `report`."""
        query = {
            **self.values,
            "entity": self.values["entity"] or None,
            "by": self.frame.by,
            "language": self.language,
        }
        return {
            "frame": self.frame,
            "head": self.head.name if self.head else translator(self.language).gettext("All entities"),
            "columns": self._columns(),
            "years": [
                self._year(year) for year in sorted({row.first_day.year for row in self.rows}, reverse=True)
            ],
            "files": [
                (end.upper(), with_query(f"/api/v1/reports/participation.{end}", **query))
                for end in ("csv", "xlsx")
            ],
            "hidden": HIDDEN,
            "foreign": foreign,
        }

    def _columns(self) -> list[Column]:
        """Enrolments in all courses, month by month or year by year; without any is nought."""
        sums = {
            row.first_day: row.enrolled for row in self.rows if row.unit == self.head and row.course is None
        }
        if self.frame.by == "month":
            months = months_of(self.frame.period, today=clock.today())
            return [
                Column(format_month(each, self.language, short=True), sums.get(each, 0), group=str(each.year))
                for each in months
            ]
        last = min(self.frame.period.until_on.year, clock.today().year)
        years = [date(year, 1, 1) for year in range(self.frame.period.from_on.year, last + 1)]
        return [Column(str(day.year), sums.get(day, 0), _not_shown(sums.get(day, 0))) for day in years]

    def _year(self, year: int) -> dict[str, Any]:
        rows = [row for row in self.rows if row.first_day.year == year]
        courses = _added(
            [row for row in rows if row.unit == self.head and row.course], key=lambda row: row.course
        )
        offices = _added([row for row in rows if row.course is None], key=lambda row: row.unit)
        titles = self.found.titles
        return {
            "year": year,
            "courses": sorted(
                ({"title": titles[str(key)], "figures": each} for key, each in courses.items()),
                key=lambda line: line["title"].title,
            ),
            "total": offices.get(self.head),
            "offices": [
                {"name": unit.name, "href": self._opened(unit.key), "figures": each}
                for unit, each in offices.items()
                if unit is not None and unit != self.head
            ],
            "languages": [
                (_language_name(each.language), each.enrolled)
                for each in self.found.languages()
                if each.year == year and each.unit == self.head
            ],
        }

    def _opened(self, key: str) -> str:
        return with_query(PARTICIPATION, **{**self.values, "entity": key})


def _not_shown(figure: int | None) -> str | None:
    return HIDDEN if figure is None else None


def _language_name(code: str) -> str:
    return LANGUAGES[code].own_name if code in LANGUAGES else code


Figures = tuple[int | None, int | None]


def _added(rows: Sequence[ParticipationRow], *, key: Any) -> dict[Any, Figures]:
    """Enrolled and completed, months added up. Where figures are hidden there are no months."""
    found: dict[Any, Figures] = {}
    for row in rows:
        enrolled, completed = found.get(key(row), (0, 0))
        found[key(row)] = (_sum(enrolled, row.enrolled), _sum(completed, row.completed))
    return found


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
