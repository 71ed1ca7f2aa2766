"""The participation report: how many people enrolled in each course and completed it, by entity and month or year.

A person counts once for each course and calendar year: where their main affiliation lay, and in the month, on the day
they first did it that year. So months add up to years, entities to the whole, and courses to enrolments, not to people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import CourseTitle
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.i18n import translator
from lms.kernel.small_cells import Figure, hidden_figures, linked_figures, table_figures
from lms.recognition.domain import Period
from lms.reports import participation_queries as queries
from lms.reports.units import Count, Reach, Unit, reach_of, refuse_outside

By = Literal["year", "month"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report is of. `moment` is when the data was read."""

    reach: Reach
    period: Period
    kind: str
    by: By
    moment: datetime
    language: str


@dataclass(frozen=True, slots=True)
class ParticipationRow:
    """A course (None: all of them) in an entity with the offices below it (None: all together) in a month or year.

    `first_day` is the month's or year's. A figure that is hidden is None.
    """

    unit: Unit | None
    course: str | None
    first_day: date
    enrolled: int | None
    completed: int | None


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """Enrolments in an entity and year by the language they were taken in."""

    unit: Unit | None
    year: int
    language: str
    enrolled: int | None


async def frame(
    session: AsyncSession,
    *,
    actor: Actor,
    entity: str | None,
    period: Period,
    kind: str = "staff",
    by: By = "year",
    language: str | None = None,
) -> Frame:
    """Fix what the report is of. Raises EntityNotFound, OutsideOwnEntity for what is not whole years there."""
    language = language or actor.language
    reach = await reach_of(session, actor=actor, entity=entity, language=language)
    says = translator(language).gettext("Outside your own entity figures are shown for whole calendar years.")
    cut = {
        "from": (period.from_on.month, period.from_on.day) != (1, 1),
        "to": (period.until_on.month, period.until_on.day) != (12, 31),
        "by": by == "month",
    }
    refuse_outside(reach, cut, says)
    return Frame(reach, period, kind, by, clock.now(), language)


async def build(session: AsyncSession, frame: Frame) -> "Participation":
    """Count, and decide what of it is hidden."""
    places = frame.reach.places.items()
    scope = queries.Scope(
        period=frame.period,
        kind=frame.kind,
        by=frame.by,
        entity_ids=frame.reach.entity_ids,
        places=[(entity_id, unit, place.own) for entity_id, place in places for unit in place.units],
    )
    enrolled, completed = await queries.enrolled(session, scope), await queries.completed(session, scope)
    ids = {row.what for row in (*enrolled, *completed)}
    titles = await queries.titles_of(session, list(ids), language=frame.language)
    keys = {course_id: title.key for course_id, title in titles.items()}
    counts = {
        "enrolled": _counts(frame.reach, enrolled, keys),
        "completed": _counts(frame.reach, completed, keys),
        "languages": _counts(frame.reach, await queries.languages(session, scope), {}),
    }
    return Participation(frame, counts, {each.key: each for each in titles.values()})


class _Place(NamedTuple):
    """Of which unit, course or language, and month or year a count is; None: of all."""

    unit: int | None
    what: str | None
    first_day: date


_Counts = dict[_Place, Count]


def _counts(reach: Reach, rows: Iterable[Any], keys: Mapping[Any, str]) -> _Counts:
    """Counts with their sums over courses, and over units where they do not lie in each other."""
    found: _Counts = {}
    units_add_up = None in reach.shown or reach.outside
    for row in rows:
        count = Count(row.people, 0 if row.own else row.people)
        what = keys.get(row.what, row.what)
        for unit in (row.unit, None) if units_add_up else (row.unit,):
            for each in (what, None):
                place = _Place(unit, each, row.first_day)
                found[place] = found.get(place, Count()) + count
    return found


class Participation:
    """The counts of a report, and what of them may be shown."""

    def __init__(
        self, frame: Frame, counts: Mapping[str, _Counts], titles: Mapping[str, CourseTitle]
    ) -> None:
        self.frame = frame
        self.titles = titles
        self._counts = counts
        figures = dict(_figures(counts)) if frame.reach.outside else {}
        hidden = hidden_figures({each.key: each for each in figures.values()}.values())
        self._hidden = {place for place, figure in figures.items() if figure.key in hidden}

    def rows(self) -> list[ParticipationRow]:
        """By month or year, then unit, then course; each unit's sum over courses before its courses."""
        places = {place for measure in ("enrolled", "completed") for place in self._counts[measure]}
        rows = [
            ParticipationRow(
                unit=self.frame.reach.unit(place.unit),
                course=place.what,
                first_day=place.first_day,
                enrolled=self._figure("enrolled", place),
                completed=self._figure("completed", place),
            )
            for place in places
            if place.unit in self.frame.reach.shown
        ]
        return sorted(rows, key=place_of)

    def languages(self) -> list[LanguageRow]:
        """By year, unit and language."""
        rows = [
            LanguageRow(
                unit=self.frame.reach.unit(place.unit),
                year=place.first_day.year,
                language=place.what,
                enrolled=self._figure("languages", place),
            )
            for place in self._counts["languages"]
            if place.what is not None and place.unit in self.frame.reach.shown
        ]
        return sorted(rows, key=lambda row: (row.year, row.unit.path if row.unit else "", row.language))

    def _figure(self, measure: str, place: _Place) -> int | None:
        if (measure, place) in self._hidden:
            return None
        return self._counts[measure].get(place, Count()).people


def place_of(row: ParticipationRow) -> tuple[str, str, str]:
    """Where a row stands among the others, for their order and for cursors."""
    return row.first_day.isoformat(), row.unit.path if row.unit else "", row.course or ""


def _figures(counts: Mapping[str, _Counts]) -> Iterator[tuple[tuple[str, _Place], Figure]]:
    """All that is ever shown of each year, without what is the reader's own. No figure adds up years."""
    outside = {measure: _by_year(each) for measure, each in counts.items()}
    for year in outside["enrolled"]:
        courses, languages = linked_figures(
            outside["enrolled"][year], outside["languages"][year], name=("enrolled", year)
        )
        yield from ((("enrolled", _Place(*at, year)), figure) for at, figure in courses.items())
        yield from ((("languages", _Place(*at, year)), figure) for at, figure in languages.items())
    for year, cells in outside["completed"].items():
        table = table_figures(cells, name=("completed", year))
        yield from ((("completed", _Place(*at, year)), figure) for at, figure in table.items())


def _by_year(counts: _Counts) -> dict[date, dict[tuple[int, str], int]]:
    found: dict[date, dict[tuple[int, str], int]] = {}
    for place, count in counts.items():
        if place.unit is not None and place.what is not None:
            found.setdefault(place.first_day, {})[place.unit, place.what] = count.outside
    return found
