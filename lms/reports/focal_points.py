"""The report on focal points: which offices have one, what time and support they have, their exchanges with companies.

Who is a focal point anybody of an entity finds in the directory; what they say of their post is theirs. So how many
there are is shown always, and the answers outside the reader's own entity as every figure about people is: not where
fewer than five stand behind one.
"""

from collections.abc import AsyncIterator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.focal_points.domain import Share, share_of
from lms.focal_points.queries import count_exchanges, count_focal_points, entities_with_one
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.i18n import format_moment, translator
from lms.kernel.small_cells import hidden_answers
from lms.people.domain import EntityKind
from lms.people.models import Entity
from lms.people.queries import list_entities
from lms.reports.export import Column, Document, Language, Row
from lms.reports.recognition_files import exporters_words
from lms.reports.units import Count, Counts, Reach, Unit, reach_of, tally

YEAR = timedelta(days=365)
ANSWERS: dict[str, tuple[str, ...]] = {
    "share": tuple(Share),
    "sponsor": ("yes", "no"),
    "support": ("yes", "no", "unsaid"),
    "exchange": ("yes", "no"),
}
"""What is asked of each focal point, and the answers there are: everybody gives one to each question."""
Answered = Mapping[str, Mapping[str, int | None]]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report is of: as it stands at `moment`, with the exchanges that ended since a day."""

    reach: Reach
    since: date
    moment: datetime
    language: str


@dataclass(frozen=True, slots=True)
class FocalPointsRow:
    """An entity with the offices below it; no unit: all together. `missing`: offices (key, name) without a focal point.

    `answers` by question and answer count focal points; a figure that is hidden is None, and so are `exchanges`
    outside the reader's own entity.
    """

    unit: Unit | None
    offices: int
    missing: tuple[tuple[str, str], ...]
    focal_points: int
    answers: Answered
    exchanges: int | None

    @property
    def offices_with_one(self) -> int:
        """Offices that have a focal point of their own."""
        return self.offices - len(self.missing)


async def frame(
    session: AsyncSession, *, actor: Actor, entity: str | None, language: str | None = None
) -> Frame:
    """Fix what the report is of. Raises EntityNotFound, OutsideOwnEntity."""
    chosen = language or actor.language
    reach = await reach_of(
        session, actor=actor, entity=entity, language=chosen, permission=Permission.FOCAL_POINTS_READ
    )
    return Frame(reach, clock.today() - YEAR, clock.now(), chosen)


async def build(session: AsyncSession, frame: Frame) -> list[FocalPointsRow]:
    """Count, and decide what of it is hidden."""
    counted = await count_focal_points(session, since=frame.since)
    counts = tally(frame.reach, _said(counted))
    exchanges = tally(
        frame.reach,
        (
            (key, "exchanges", number)
            for key, number in (await count_exchanges(session, since=frame.since)).items()
        ),
    )
    offices, having = await list_entities(session), await entities_with_one(session)
    hidden = hidden_in(counts, len(frame.reach.units))
    made = _Rows(frame.reach, counts, exchanges, offices, having, hidden)
    return [made.row(number) for number in frame.reach.shown]


def _said(counted: Iterable[Any]) -> Iterator[tuple[UUID, Hashable, int]]:
    for row in counted:
        yield row.entity_id, "all", row.people
        answers = {
            "share": share_of(row.share_percent),
            "sponsor": "yes" if row.has_sponsor else "no",
            "support": "unsaid" if row.head_supports is None else "yes" if row.head_supports else "no",
            "exchange": "yes" if row.has_exchange else "no",
        }
        for question, answer in answers.items():
            yield row.entity_id, (question, answer), row.people


# -- what is hidden ----------------------------------------------------------------------------------------


def hidden_in(counts: Counts, units: int) -> frozenset[tuple[int | None, str]]:
    """What is hidden, as (unit, question). How many focal points a unit has the directory tells."""
    found: set[tuple[int | None, str]] = set()
    for question, answers in ANSWERS.items():
        table = {
            number: {each: counts.get((number, (question, each)), Count()).outside for each in answers}
            for number in range(units)
        }
        found |= {(number, question) for number in hidden_answers(table)}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Rows:
    reach: Reach
    counts: Counts
    exchanges: Counts
    entities: Sequence[Entity]
    having: set[UUID]
    hidden: frozenset[tuple[int | None, str]]

    def row(self, number: int | None) -> FocalPointsRow:
        """A unit's row, or that of all together."""
        unit = self.reach.unit(number)
        offices = [each for each in self.entities if self._is_office(each, unit)]
        held = self.exchanges.get((number, "exchanges"), Count())
        return FocalPointsRow(
            unit=unit,
            offices=len(offices),
            missing=tuple((each.key, each.name) for each in offices if each.id not in self.having),
            focal_points=self.counts.get((number, "all"), Count()).people,
            answers={
                question: {answer: self._figure(number, question, answer) for answer in answers}
                for question, answers in ANSWERS.items()
            },
            exchanges=None if self.reach.outside else held.people,
        )

    def _is_office(self, entity: Entity, unit: Unit | None) -> bool:
        """Units within an office share its focal point."""
        if entity.kind == EntityKind.UNIT or entity.id not in self.reach.places:
            return False
        return unit is None or entity.path.startswith(unit.path)

    def _figure(self, number: int | None, question: str, answer: str) -> int | None:
        if (number, question) in self.hidden:
            return None
        return self.counts.get((number, (question, answer)), Count()).people


# -- as a file ---------------------------------------------------------------------------------------------


def columns_of(language: str) -> list[Column]:
    """The file's columns: one for each answer that is not what is left of the others."""
    _ = translator(language).gettext
    return [
        Column("entity", _("Entity"), "text", 16),
        Column("entity_name", _("Name"), "text", 30),
        Column("offices", _("Offices"), "integer", 8),
        Column("offices_with_one", _("Offices with a focal point"), "integer", 10),
        Column("focal_points", _("Focal points"), "integer", 8),
        Column("share_tenth", _("Time: a tenth at most"), "integer", 10),
        Column("share_half", _("Time: up to half"), "integer", 10),
        Column("share_more", _("Time: more than half"), "integer", 10),
        Column("share_unsaid", _("Time: not said"), "integer", 10),
        Column("sponsored", _("With a sponsor"), "integer", 10),
        Column("supported", _("Head supports it"), "integer", 10),
        Column("not_supported", _("Head does not"), "integer", 10),
        Column("support_unsaid", _("Support not said"), "integer", 10),
        Column("exchanging", _("With an exchange"), "integer", 10),
        Column("exchanges", _("Exchanges"), "integer", 10),
        Column("without_one", _("Offices without a focal point"), "text", 40),
        Column("hidden", _("Figures not shown"), "text", 24, machine=True),
    ]


_PLACES = {
    "share_tenth": ("share", "tenth"), "share_half": ("share", "half"), "share_more": ("share", "more"),
    "share_unsaid": ("share", "unsaid"), "sponsored": ("sponsor", "yes"), "supported": ("support", "yes"),
    "not_supported": ("support", "no"), "support_unsaid": ("support", "unsaid"), "exchanging": ("exchange", "yes"),
}  # fmt: skip


def document(frame: Frame) -> Document:
    """The report's frame as a document of the exporters."""
    _ = translator(frame.language).gettext
    hidden = _("Figures of fewer than five people, and others that would give them away, are not shown.")
    return Document(
        title=_("Report on focal points"),
        columns=columns_of(frame.language),
        facts=[(_("Data as of"), format_moment(frame.moment, frame.language))],
        notes=[hidden] if frame.reach.outside else [],
        language=cast(Language, frame.language),
        words=exporters_words(frame.language),
        issued_at=frame.moment,
    )


async def file_rows(rows: Sequence[FocalPointsRow]) -> AsyncIterator[Row]:
    """Every entity's values in the order of the columns; all together are left out."""
    for row in rows:
        if row.unit is not None:
            answers = {name: row.answers[question][answer] for name, (question, answer) in _PLACES.items()}
            figures = {**answers, "exchanges": row.exchanges}
            yield [
                row.unit.key,
                row.unit.name,
                row.offices,
                row.offices_with_one,
                row.focal_points,
                *figures.values(),
                ", ".join(key for key, _ in row.missing),
                " ".join(name for name, figure in figures.items() if figure is None) or None,
            ]
