"""The recognition report as a file: its columns and facts in the reader's language, its rows one by one."""

from collections.abc import AsyncIterator
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Taxonomy
from lms.kernel.i18n import format_day, format_moment, translator
from lms.reports.export import BarChart, Column, Document, Language, Row
from lms.reports.recognition import Frame, RecognitionRow, Summary, stream


def document(
    frame: Frame, summary: Summary, *, language: str, charts: list[BarChart] | None = None
) -> Document:
    """The report's frame as a document of the exporters."""
    _ = translator(language).gettext
    scope = frame.scope
    facts = [
        (_("Entity"), frame.entity_name),
        (
            _("Period"),
            f"{format_day(scope.period.from_on, language)} – {format_day(scope.period.until_on, language)}",
        ),
        (_("People listed as of"), format_day(scope.day, language)),
        (_("Data as of"), format_moment(frame.moment, language)),
        (_("People"), str(summary.people)),
        (_("Recognition policy"), _policy(frame, language)),
    ]
    return Document(
        title=_("Recognition report"),
        subtitle=frame.entity_name,
        facts=facts,
        columns=_columns(frame, language),
        notes=[_("People are listed in name order. This report does not rank them.")],
        charts=charts or [],
        language=cast(Language, language),
        words=exporters_words(language),
        issued_at=frame.moment,
    )


def _policy(frame: Frame, language: str) -> str:
    if frame.policy is None:
        return translator(language).gettext("None adopted: facts only, no points")
    rules = frame.policy.rules
    title = rules.title.get(language) or rules.title["en"]
    return f"{title}, {rules.key} {rules.version} ({frame.policy.digest[:12]})"


def _columns(frame: Frame, language: str) -> list[Column]:
    _ = translator(language).gettext
    columns = [
        Column("name", _("Name"), "text", 24),
        Column("entity", _("Entity"), "text", 16),
        Column("grade", _("Grade"), "text", 7),
        Column("days_in_service", _("Days in service"), "integer", 9),
        Column("courses", _("Courses"), "integer", 9),
        Column("minutes", _("Learning time"), "minutes", 10),
        Column("competencies", _("Competencies and levels"), "text", 40),
    ]
    if frame.policy is not None:
        for line in frame.policy.rules.lines:
            label = line.name.get(language) or line.name["en"]
            points = _("%(line)s, points") % {"line": label}  # else hours would be read where points stand
            columns.append(Column(f"points_{line.key.replace('-', '_')}", points, "hundredths", 10))
        columns.append(Column("total", _("Total points"), "hundredths", 9))
    columns.append(Column("person_id", _("Person's identifier"), "text", 36))
    return columns


async def rows(
    session: AsyncSession, frame: Frame, *, taxonomy: Taxonomy, language: str
) -> AsyncIterator[Row]:
    """Every person's values in the order of the columns."""
    names = {each.key: each.name.for_reader(language) for each in taxonomy.competencies}
    async for row in stream(session, frame):
        yield _values(row, names, with_points=frame.policy is not None)


def _values(row: RecognitionRow, names: dict[str, str], *, with_points: bool) -> list[Any]:
    shown = "; ".join(f"{names.get(key, key)} {level}" for key, level in row.facts.competencies.items())
    values: list[Any] = [
        row.name,
        row.entity,
        row.grade,
        row.days_in_service,
        row.facts.courses,
        row.facts.minutes,
        shown,
    ]
    if with_points:
        values += [*(line.points for line in row.counted.lines), row.counted.total]
    return [*values, str(row.person_id)]


def exporters_words(language: str) -> dict[str, str]:
    """The words that the exporters add to any report."""
    _ = translator(language).gettext
    return {
        "page": _("Page {page} of {pages}"),
        "report": _("Report"),
        "about": _("About this report"),
        "notes": _("Notes"),
        "empty": _("There is nothing to show for this choice."),
        "minutes": _("h:mm"),
    }
