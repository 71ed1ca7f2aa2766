"""Participation and coverage as files: columns in the reader's language, rows without totals, so that they add up."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from lms.kernel.i18n import format_day, format_moment, translator
from lms.reports.coverage import Coverage, CoverageRow
from lms.reports.export import Column, Document, Language, Row
from lms.reports.participation import Participation
from lms.reports.recognition_files import exporters_words
from lms.reports.units import Reach


def coverage_document(found: Coverage) -> Document:
    """The coverage report's frame as a document of the exporters."""
    frame = found.frame
    _ = translator(frame.language).gettext
    columns = [
        Column("entity", _("Entity"), "text", 16),
        Column("entity_name", _("Name"), "text", 30),
        Column("focus", _("Focus"), "text", 18),
        Column("skill_area", _("Skill area"), "text", 18),
        Column("people_holding", _("People who hold a level"), "integer", 10),
        Column("people_asked", _("People whose profile asks for it"), "integer", 10),
        Column("courses", _("Courses"), "integer", 9),
        Column("minutes", _("Learning time"), "minutes", 10),
        Column("nothing_suited", _("No course for the entity’s mandate"), "text", 14),
        Column("hidden", _("Figures not shown"), "text", 24, machine=True),
    ]
    return Document(
        title=_("Coverage report"),
        subtitle=_whose(frame.reach, frame.language),
        facts=_facts(frame, format_day(frame.as_at, frame.language) if frame.as_at else None),
        notes=_notes(frame.reach, frame.language),
        columns=columns,
        language=cast(Language, frame.language),
        words=exporters_words(frame.language),
        issued_at=frame.moment,
    )


async def coverage_rows(found: Coverage) -> AsyncIterator[Row]:
    """Every cell's values in the order of the columns; all entities together are left out."""
    for row in found.rows():
        if row.unit is not None:
            for values in _coverage_cells(row):
                yield values


def _coverage_cells(row: CoverageRow) -> Iterator[list[Any]]:
    assert row.unit is not None
    for cell in row.cells:
        figures = {"people_holding": cell.holding, "people_asked": cell.asked}
        yield [
            row.unit.key,
            row.unit.name,
            row.focus,
            cell.area,
            *figures.values(),
            cell.courses,
            cell.minutes,
            "nothing_suited" if row.nothing_suited else None,
            _hidden(figures),
        ]


def participation_document(found: Participation) -> Document:
    """The participation report's frame as a document of the exporters."""
    frame = found.frame
    _ = translator(frame.language).gettext
    first, last = (format_day(day, frame.language) for day in (frame.period.from_on, frame.period.until_on))
    columns = [
        Column("first_day", _("Month") if frame.by == "month" else _("Year"), "day", 11),
        Column("entity", _("Entity"), "text", 16),
        Column("entity_name", _("Name"), "text", 30),
        Column("course", _("Course"), "text", 24),
        Column("title", _("Title"), "text", 36),
        Column("people_enrolled", _("Enrolled"), "integer", 10),
        Column("people_completed", _("Completed"), "integer", 10),
        Column("hidden", _("Figures not shown"), "text", 24, machine=True),
    ]
    return Document(
        title=_("Participation report"),
        subtitle=_whose(frame.reach, frame.language),
        facts=_facts(frame, f"{first} – {last}"),
        notes=[
            _("A person counts once for each course and calendar year."),
            *_notes(frame.reach, frame.language),
        ],
        columns=columns,
        language=cast(Language, frame.language),
        words=exporters_words(frame.language),
        issued_at=frame.moment,
    )


async def participation_rows(found: Participation) -> AsyncIterator[Row]:
    """Every course's values in the order of the columns; sums are left out."""
    for row in found.rows():
        if row.unit is not None and row.course is not None:
            figures = {"people_enrolled": row.enrolled, "people_completed": row.completed}
            title = found.titles[row.course].title
            yield [
                row.first_day,
                row.unit.key,
                row.unit.name,
                row.course,
                title,
                *figures.values(),
                _hidden(figures),
            ]


def _hidden(figures: dict[str, int | None]) -> str | None:
    """Names of the columns whose figure is hidden: an empty cell alone could be read as none."""
    return " ".join(name for name, figure in figures.items() if figure is None) or None


def _whose(reach: Reach, language: str) -> str:
    if len(reach.shown) == 1:
        only = reach.unit(reach.shown[0])
        return only.name if only else ""
    return reach.units[0].name if reach.entity else translator(language).gettext("All entities")


def _facts(frame: Any, when: str | None) -> list[tuple[str, str]]:
    _ = translator(frame.language).gettext
    facts = [(_("Period"), when)] if when else []
    return [*facts, (_("Data as of"), format_moment(frame.moment, frame.language))]


def _notes(reach: Reach, language: str) -> list[str]:
    _ = translator(language).gettext
    hidden = _("Figures of fewer than five people, and others that would give them away, are not shown.")
    return [hidden] if reach.outside else []
