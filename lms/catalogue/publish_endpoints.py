"""HTTP of publishing: check the library that lies beside the server, see whom an edition touches, publish it."""

import asyncio
from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel

from lms.catalogue.beside import library_beside
from lms.catalogue.impact import TouchedRow, rows_of
from lms.catalogue.loader import Library
from lms.catalogue.service import Impact, impact_of, publish_library
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit
from lms.people.schemas import Strict

router = APIRouter(route_class=StrictRoute, tags=["catalogue"])


class FindingRead(BaseModel):
    """A mistake or a remark: where it stands and what to do."""

    file: str
    line: int | None
    sentence: str
    course: str | None
    severity: str


class CheckRead(BaseModel):
    """What the check of the library says; nothing is published while there is an error."""

    courses: list[str]
    findings: list[FindingRead]


class EntityImpact(BaseModel):
    """How many people of an organisation an edition touches; null where a figure is hidden, being small.

    `holding` are those of the completed whose completion is valid: they renew when the edition is material.
    """

    entity: str
    in_progress: int | None
    completed: int | None
    holding: int | None


class ImpactRead(BaseModel):
    """Whom publishing an edition touches: whole organisations, figures of fewer than five people hidden."""

    course: str
    change: str
    number: int
    renew_by: date | None
    in_progress: int | None
    completed: int | None
    holding: int | None
    by_entity: list[EntityImpact]


class Publication(Strict):
    """Publish what has changed, or with `dry_run` only say whom that would touch."""

    dry_run: bool = False


class PublicationRead(BaseModel):
    """The editions published, or to be published."""

    published: bool
    editions: list[ImpactRead]


async def _library(request: Request) -> Library:
    """The library beside the server, read off the event loop."""
    return await asyncio.to_thread(library_beside, request.app.state.settings.courses_dir)


@router.get("/library/check")
async def check_library(request: Request, _: Actor = permit(Permission.COURSES_PUBLISH)) -> CheckRead:
    """Every mistake in the courses beside the server, with file, line and a sentence."""
    library = await _library(request)
    findings = [
        FindingRead(
            file=each.file,
            line=each.line,
            sentence=each.sentence,
            course=each.course,
            severity=each.severity.value,
        )
        for each in library.findings
    ]
    return CheckRead(courses=sorted(library.courses), findings=findings)


@router.post("/library/publications")
async def publish(
    request: Request,
    given: Publication,
    session: DbSession,
    actor: Actor = permit(Permission.COURSES_PUBLISH),
) -> PublicationRead:
    """Publish the editions that are new or changed; the same files again publish nothing."""
    library = await _library(request)
    if given.dry_run:
        impacts = await impact_of(session, library)
    else:
        impacts = await publish_library(session, library, acting=actor)
    return PublicationRead(published=not given.dry_run, editions=[_impact(each) for each in impacts])


def _impact(impact: Impact) -> ImpactRead:
    rows = rows_of(impact)
    whole = rows[0] if rows else TouchedRow(None, 0, 0, 0)
    by_entity = [
        EntityImpact(
            entity=str(each.organisation),
            in_progress=each.in_progress,
            completed=each.completed,
            holding=each.holding,
        )
        for each in rows[1:]
    ]
    return ImpactRead(
        course=impact.course,
        change=impact.change,
        number=impact.number,
        renew_by=impact.renew_by,
        in_progress=whole.in_progress,
        completed=whole.completed,
        holding=whole.holding,
        by_entity=by_entity,
    )
