"""The report on evaluations: sums over trainings of one's own, by course, partner or entity, as JSON and CSV."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from lms.evaluations.domain.levels import Kind
from lms.evaluations.domain.report import FormSum, Report, sum_up
from lms.evaluations.domain.shown import Scored
from lms.evaluations.endpoints import OfKey
from lms.evaluations.forms import form_of
from lms.evaluations.queries.reading import Filters, closed_levels
from lms.evaluations.schemas import ReportRead, report_read
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.i18n import translator
from lms.people.permits import permit
from lms.reports.export import Column, Document, Language, Row, csv_chunks
from lms.reports.recognition_files import exporters_words

router = APIRouter(route_class=StrictRoute, tags=["evaluations"])


async def build(session: AsyncSession, *, actor: Actor, filters: Filters) -> Report:
    """The report of closed levels of the trainings `actor` may read totals of."""
    return sum_up(await closed_levels(session, actor=actor, filters=filters))


@router.get("/evaluations/report")
async def read_report(
    session: DbSession,
    actor: Actor = permit(Permission.EVALUATIONS_READ),
    training: UUID | None = None,
    course: OfKey = None,
    partner: OfKey = None,
    entity: OfKey = None,
    from_on: Day | None = None,
    until_on: Day | None = None,
) -> ReportRead:
    """Sums over the trainings that ended in a period, of one training, course, partner or entity, or of all."""
    asked = Filters(training, course, partner, entity, from_on, until_on)
    return report_read(await build(session, actor=actor, filters=asked))


@router.get("/evaluations/report.csv", response_class=StreamingResponse)
async def report_csv(
    session: DbSession,
    actor: Actor = permit(Permission.EVALUATIONS_READ),
    training: UUID | None = None,
    course: OfKey = None,
    partner: OfKey = None,
    entity: OfKey = None,
    from_on: Day | None = None,
    until_on: Day | None = None,
) -> StreamingResponse:
    """The same as a file: a line for each question."""
    asked = Filters(training, course, partner, entity, from_on, until_on)
    report = await build(session, actor=actor, filters=asked)
    return csv_answer(report, asked, actor.language)


def csv_answer(report: Report, asked: Filters, language: str) -> StreamingResponse:
    """A report as a download."""
    name = "-".join(str(each) for each in asdict(asked).values() if each) or "all"
    chunks = csv_chunks(_document(language), _rows(report, language))
    headers = {"Content-Disposition": f'attachment; filename="evaluations-{name}.csv"'}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


def _document(language: str) -> Document:
    _ = translator(language).gettext
    columns = [
        Column("form", _("Form"), "text", 14),
        Column("version", _("Version"), "integer", 8),
        Column("question", _("Question"), "text", 14),
        Column("words", _("Words"), "text", 50),
        Column("trainings", _("Trainings"), "integer", 10),
        Column("trainings_not_shown", _("Trainings with fewer than five answers"), "integer", 10),
        Column("people", _("People"), "integer", 10),
        Column("average", _("Average"), "hundredths", 10),
        Column("distribution", _("How many gave which score"), "text", 24),
    ]
    return Document(
        title=_("Evaluations"),
        subtitle="",
        facts=[],
        notes=[],
        columns=columns,
        language=cast(Language, language),
        words=exporters_words(language),
        issued_at=clock.now(),
    )


async def _rows(report: Report, language: str) -> AsyncIterator[Row]:
    for form in report.forms:
        for row in _form_rows(form, language):
            yield row
    for row in _test_rows(report):
        yield row


def _form_rows(form: FormSum, language: str) -> Iterator[list[Any]]:
    # Of an earlier version's questions the file that is shipped may know no words any more.
    words = form_of(form.kind).scaled
    for key, scored in form.questions.items():
        yield [
            form.kind.value,
            form.version,
            key,
            words[key][language] if key in words else None,
            form.trainings,
            form.untold,
            scored.people,
            round(100 * scored.total / scored.people),
            _distribution(scored),
        ]


def _distribution(scored: Scored) -> str:
    return "; ".join(
        f"{band.low}: {band.people}" if band.low == band.high else f"{band.low}-{band.high}: {band.people}"
        for band in scored.bands
    )


def _test_rows(report: Report) -> Iterator[list[Any]]:
    tests = report.tests
    if tests.gained is None:
        return
    sums = {Kind.PRE_TEST: tests.gained.before, Kind.POST_TEST: tests.gained.after}
    for kind, total in sums.items():
        average = round(total / tests.gained.people)
        people = tests.gained.people
        yield [kind.value, None, "score", None, tests.trainings, tests.untold, people, average, None]
    for band, people_in in tests.gained.gains.items():
        yield ["gain", None, band, None, tests.trainings, tests.untold, people_in, None, None]
