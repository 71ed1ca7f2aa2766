"""The coverage report: by entity, focus and skill area, who holds a level and whose profile asks for one, as counts;
the courses that teach it; and the cells that are empty.

People belong to an entity and not to one of its focuses: an entity of two focuses has the same people in the rows of
both, and other courses. Two statements count people, however many there are; all else is as large as the tree of
entities and the vocabulary.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Profiles, SkillArea, Taxonomy, profile_for
from lms.catalogue.queries import get_profiles, get_taxonomy
from lms.catalogue.teaching import TaughtCourse, courses_taught
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.errors import Fault, Invalid
from lms.kernel.i18n import translator
from lms.kernel.small_cells import Figure, hidden_figures, sum_figures
from lms.people.queries import count_posts
from lms.reports.units import Count, Counts, Reach, Unit, reach_of, refuse_outside, tally
from lms.skills.queries import Holders, count_holders


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report is of. `as_at` None means as it stands at `moment`, which is now."""

    reach: Reach
    kind: str
    as_at: date | None
    day: date
    moment: datetime
    taxonomy: Taxonomy
    language: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One skill area of a row. A figure that is hidden is None; `minutes` are those of the courses that teach it."""

    area: str
    holding: int | None
    asked: int | None
    courses: int
    minutes: int

    @property
    def empty(self) -> bool:
        """Whether no course teaches it."""
        return self.courses == 0


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """An entity, with the offices below it, and one of its focuses (None: it has none); no unit: all together.

    `nothing_suited`: no course is marked for any focus of the entity.
    """

    unit: Unit | None
    focus: str | None
    nothing_suited: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CompetencyRow:
    """One competency of a cell that was opened."""

    competency: str
    holding: int | None
    asked: int | None
    courses: tuple[TaughtCourse, ...]


async def frame(
    session: AsyncSession,
    *,
    actor: Actor,
    entity: str | None,
    kind: str = "staff",
    as_at: date | None = None,
    language: str | None = None,
) -> Frame:
    """Fix what the report is of. Raises EntityNotFound, OutsideOwnEntity, Invalid for a day to come."""
    today = clock.today()
    language = language or actor.language
    if as_at is not None and as_at > today:
        sentence = translator(language).gettext("This day is still to come.")
        raise Invalid(sentence, faults=[Fault("/as_at", sentence)])
    reach = await reach_of(session, actor=actor, entity=entity, language=language)
    says = translator(language).gettext("Outside your own entity figures are shown as they stand today.")
    refuse_outside(reach, {"as_at": as_at}, says)
    past = as_at if as_at != today else None
    moment = clock.now() if past is None else datetime.combine(past, time.max, UTC)
    return Frame(reach, kind, past, past or today, moment, await get_taxonomy(session), language)


async def build(session: AsyncSession, frame: Frame) -> "Coverage":
    """Count, and decide what of it is hidden."""
    reach, areas = frame.reach, frame.taxonomy.skill_areas
    whose: dict[str, Any] = {"entity_ids": reach.entity_ids, "kind": frame.kind, "day": frame.day}
    holders = await count_holders(
        session,
        **whose,
        moment=None if frame.as_at is None else frame.moment,
        areas={area.key: [each.key for each in area.competencies] for area in areas},
    )
    posts = await count_posts(session, **whose, moment=frame.moment)
    profiles = await get_profiles(session)
    courses = await courses_taught(session, language=frame.language)
    asked = _asked(posts, reach, profiles, frame)
    return Coverage(frame, courses, {"holding": tally(reach, _held(holders)), "asked": tally(reach, asked)})


def _held(holders: Iterable[Holders]) -> Iterator[tuple[UUID, Hashable, int]]:
    for each in holders:
        for area, people in each.by_area.items():
            yield each.entity_id, ("area", area), people
        for competency, people in each.by_competency.items():
            yield each.entity_id, ("competency", competency), people


def _asked(
    posts: Iterable[Any], reach: Reach, profiles: Profiles, frame: Frame
) -> Iterator[tuple[UUID, Hashable, int]]:
    """Of each group of alike posts, what their profile asks for: the rule runs once for a group, not for a person."""
    area_of = {each.key: area.key for area in frame.taxonomy.skill_areas for each in area.competencies}
    for post in posts:
        found = profile_for(
            profiles.profiles,
            chosen=post.target_profile,
            roles=post.roles or (),
            focuses=reach.places[post.entity_id].focuses,
            kind=frame.kind,
        )
        competencies = [each for each in (found[0].levels if found else ()) if each in area_of]
        for competency in competencies:
            yield post.entity_id, ("competency", competency), post.people
        for area in {area_of[each] for each in competencies}:
            yield post.entity_id, ("area", area), post.people


class Coverage:
    """The counts of a report, and what of them may be shown."""

    def __init__(self, frame: Frame, courses: Sequence[TaughtCourse], counts: Mapping[str, Counts]) -> None:
        self.frame = frame
        self._courses = courses
        self._counts = counts
        self._hidden = hidden_figures(
            figure for measure, each in counts.items() for figure in _figures(measure, each, frame)
        )

    def rows(self) -> list[CoverageRow]:
        """Entities with nothing suited to their mandate first, then in the order of the tree; all together last."""
        reach = self.frame.reach
        rows = [
            self._row(number, focus)
            for number in reach.shown
            for focus in (reach.units[number].focuses if number is not None else ()) or (None,)
        ]
        return sorted(rows, key=lambda row: not row.nothing_suited)

    def _row(self, number: int | None, focus: str | None) -> CoverageRow:
        unit = self.frame.reach.unit(number)
        areas = self.frame.taxonomy.skill_areas
        cells = tuple(self._cell(number, focus, area) for area in areas)
        return CoverageRow(unit, focus, unit is not None and self.nothing_suited(unit), cells)

    def _cell(self, number: int | None, focus: str | None, area: SkillArea) -> Cell:
        keys = {each.key for each in area.competencies}
        courses = [each for each in self._offered(number, focus) if each.competencies & keys]
        what = ("area", area.key)
        return Cell(
            area=area.key,
            holding=self._figure("holding", number, what),
            asked=self._figure("asked", number, what),
            courses=len(courses),
            minutes=sum(each.minutes for each in courses),
        )

    def nothing_suited(self, unit: Unit) -> bool:
        """Whether the entity has focuses and no course is marked for any of them."""
        return bool(unit.focuses) and not any(each.focuses & set(unit.focuses) for each in self._courses)

    def competencies(self, number: int, focus: str | None, area: SkillArea) -> list[CompetencyRow]:
        """What stands under a cell, in the order of the vocabulary."""
        offered = list(self._offered(number, focus))
        return [
            CompetencyRow(
                competency=each.key,
                holding=self._figure("holding", number, ("competency", each.key)),
                asked=self._figure("asked", number, ("competency", each.key)),
                courses=tuple(course for course in offered if each.key in course.competencies),
            )
            for each in area.competencies
        ]

    def _offered(self, number: int | None, focus: str | None) -> Iterator[TaughtCourse]:
        """Courses for a focus or for every one; all there are for all together."""
        return (each for each in self._courses if number is None or not each.focuses or focus in each.focuses)

    def _figure(self, measure: str, number: int | None, what: tuple[str, str]) -> int | None:
        if _key(measure, number, what) in self._hidden:
            return None
        return self._counts[measure].get((number, what), Count()).people


def _key(measure: str, number: int | None, what: tuple[str, str]) -> Hashable:
    return (measure, *what), number


def _figures(measure: str, counts: Counts, frame: Frame) -> Iterator[Figure]:
    """All that is ever shown of a measure, without what is the reader's own.

    Areas with their totals over entities, and the competencies of each entity, which stand in no total.
    """
    numbers = range(len(frame.reach.units))

    def outside(number: int, kind: str, key: str) -> int:
        return counts.get((number, (kind, key)), Count()).outside

    for area in frame.taxonomy.skill_areas:
        parts = {number: outside(number, "area", area.key) for number in numbers}
        yield from sum_figures(parts, name=(measure, "area", area.key)).values()
        for number in numbers:
            whole = _key(measure, number, ("area", area.key))
            for each in area.competencies:
                what = ("competency", each.key)
                yield Figure(_key(measure, number, what), outside(number, *what), among=whole)


async def open_cell(
    session: AsyncSession, frame: Frame, *, skill_area: str, focus: str | None
) -> tuple[CoverageRow, list[CompetencyRow]]:
    """A cell with the competencies under it, of a frame that names an entity. Raises Invalid for another's focus."""
    area = next((each for each in frame.taxonomy.skill_areas if each.key == skill_area), None)
    if area is None:
        sentence = f"There is no skill area {skill_area!r}."
        raise Invalid(sentence, faults=[Fault("/skill_area", sentence)])
    number = frame.reach.shown[0]
    unit = frame.reach.unit(number)
    assert number is not None and unit is not None
    if focus not in (unit.focuses or (None,)):
        sentence = f"The focuses of {unit.key} are: {', '.join(unit.focuses) or 'none'}."
        raise Invalid(sentence, faults=[Fault("/focus", sentence)])
    found = await build(session, frame)
    row = next(each for each in found.rows() if each.unit == unit and each.focus == focus)
    return row, found.competencies(number, focus, area)
