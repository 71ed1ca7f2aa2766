"""Hours planned, protected and used by the people of an entity: totals for it and for each office under it.

*Planned* are the minutes of the steps in people's active plans, *protected* the weekly learning time people have set
times the weeks of the year so far, *used* the minutes of the courses completed in the year, each course once. Plans are
their persons' own, so a total of fewer than five people is hidden, and what would tell it with it.

`LearningTimeRow` is a row, `build` all of them.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.i18n import translator
from lms.kernel.small_cells import Figure, hidden_figures
from lms.people.queries import get_entity_visible_to
from lms.recognition.domain import Period
from lms.reports import queries
from lms.reports.export import Column, Document, Language, Row
from lms.reports.queries import Scope

Part = Literal["total", "own", "below"]
KINDS_OF_HOURS = ("planned", "protected", "used")
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of so many people."""

    people: int
    minutes: int


@dataclass(frozen=True, slots=True)
class LearningTimeRow:
    """A line of the report: `part` says whose.

    `total`: the entity with all below it; `own`: its own people alone; `below`: an office under it with all below.
    `people` are all of them; a figure that is hidden is None.
    """

    entity: str
    name: str
    part: Part
    people: int
    planned: Hours | None
    protected: Hours | None
    used: Hours | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report is of.

    `root` is the path of the highest entity whose report the reader may see: from there is decided what is hidden.
    """

    entity: str
    entity_name: str
    path: str
    root: str
    year: int
    scope: Scope
    weeks: int
    moment: datetime


async def frame(session: AsyncSession, *, actor: Actor, entity: str, year: int, kind: str = "staff") -> Frame:
    """Fix what the report is of; the entity must be one whose learning time `actor` may read."""
    permission = Permission.LEARNING_TIME_READ
    owner = await get_entity_visible_to(session, entity, actor=actor, permission=permission)
    held = min((path for path in actor.paths(permission) if owner.path.startswith(path)), key=len)
    root = held if held != "/" else "/" + owner.path.split("/")[1] + "/"
    period = Period(date(year, 1, 1), date(year, 12, 31))
    day = period.last_day(clock.today())
    weeks = max(0, ((day - period.from_on).days + 1) // 7)
    scope = Scope(root, (kind,), period, day)
    return Frame(owner.key, owner.name, owner.path, root, year, scope, weeks, clock.now())


@dataclass(frozen=True, slots=True)
class Office:
    """An entity with figures of its own people alone."""

    key: str
    name: str
    path: str
    people: int
    hours: Mapping[str, Hours]


async def build(session: AsyncSession, frame: Frame) -> list[LearningTimeRow]:
    """The entity's total, then its own people and each office under it, in the order of the tree."""
    offices = [_office(row, frame.weeks) for row in await queries.learning_time_of(session, frame.scope)]
    return rows_of(offices, path=frame.path, root=frame.root)


def _office(row: Any, weeks: int) -> Office:
    hours = {
        "planned": Hours(row.planning, row.planned),
        "protected": Hours(row.protecting, row.weekly * weeks),
        "used": Hours(row.learning, row.used),
    }
    return Office(row.key, row.name, row.path, row.people, hours)


# -- adding up and hiding ------------------------------------------------------------------------------------


def rows_of(offices: Sequence[Office], *, path: str, root: str) -> list[LearningTimeRow]:
    """Rows of the entity at `path`. What is hidden is decided over the whole tree under `root`.

    So the reports of all its offices, laid beside each other, tell no more than each of them.
    """
    tree = {each.path: each for each in offices}
    hidden = {kind: hidden_in(tree, root, kind) for kind in KINDS_OF_HOURS}
    parts: list[tuple[str, Part]] = [(path, "total")]
    below = sorted(each for each in tree if parent_of(each) == path)
    if below:
        parts += [(path, "own"), *((each, "below") for each in below)]
    return [_row(tree, each, part, hidden) for each, part in parts]


def parent_of(path: str) -> str:
    """The path of the entity above: "/a/b/" → "/a/"."""
    return path[: path.rstrip("/").rfind("/") + 1]


def hidden_in(tree: Mapping[str, Office], root: str, kind: str) -> frozenset[Any]:
    """Which figures of a kind are hidden: keys (path, whether of its own people alone).

    The people of an entity flow from its total into its own and into the totals of the offices under it.
    """
    figures = []
    for path, office in tree.items():
        above = OUTSIDE if path == root else parent_of(path)
        figures.append(Figure((path, False), _sum(_under(tree, path), kind).people, above, path))
        figures.append(Figure((path, True), office.hours[kind].people, path, OUTSIDE))
    return hidden_figures(figures)


def _under(tree: Mapping[str, Office], path: str) -> Iterable[Office]:
    return (office for each, office in tree.items() if each.startswith(path))


def _sum(offices: Iterable[Office], kind: str) -> Hours:
    known = [each.hours[kind] for each in offices]
    return Hours(sum(each.people for each in known), sum(each.minutes for each in known))


def _row(
    tree: Mapping[str, Office], path: str, part: Part, hidden: Mapping[str, frozenset[Any]]
) -> LearningTimeRow:
    office, own = tree[path], part == "own"
    those = [office] if own else list(_under(tree, path))
    shown = {kind: None if (path, own) in hidden[kind] else _sum(those, kind) for kind in KINDS_OF_HOURS}
    return LearningTimeRow(office.key, office.name, part, sum(each.people for each in those), **shown)


# -- as a file -----------------------------------------------------------------------------------------------


def document(frame: Frame, *, language: str) -> Document:
    """The report's frame as a document of the exporters."""
    _ = translator(language).gettext
    columns = [
        Column("entity", _("Entity"), "text", 20),
        Column("part", _("Part"), "text", 8),
        Column("people", _("People"), "integer", 8),
        Column("planned_people", _("People with a plan"), "integer", 10),
        Column("planned_minutes", _("Planned"), "minutes", 10),
        Column("protected_people", _("People who set their learning time"), "integer", 10),
        Column("protected_minutes", _("Protected"), "minutes", 10),
        Column("used_people", _("People who completed a course"), "integer", 10),
        Column("used_minutes", _("Used"), "minutes", 10),
    ]
    return Document(
        title=_("Hours planned, protected and used"),
        subtitle=f"{frame.entity_name}, {frame.year}",
        columns=columns,
        language=cast(Language, language),
        issued_at=frame.moment,
    )


async def rows(session: AsyncSession, frame: Frame) -> AsyncIterator[Row]:
    """Every row's values in the order of the columns; what is hidden is empty."""
    for row in await build(session, frame):
        yield [row.entity, row.part, row.people, *_values(row.planned, row.protected, row.used)]


def _values(*hours: Hours | None) -> list[int | None]:
    return [value for each in hours for value in ((each.people, each.minutes) if each else (None, None))]
