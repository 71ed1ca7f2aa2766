"""An administrator's pages: how the system is, who holds which role, courses to publish, what happened."""

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.beside import library_beside
from lms.catalogue.domain.errors import LibraryHasErrors
from lms.catalogue.impact import rows_of
from lms.catalogue.loader import Library
from lms.catalogue.queries import list_published, titles_of_versions
from lms.catalogue.service import Impact, impact_of, publish_library
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotAllowed, NotFound
from lms.kernel.events import Event
from lms.kernel.http import DbSession
from lms.kernel.pagination import count_part, decode_cursor, encode_cursor
from lms.people import queries, service
from lms.people.domain import FOR_PARTNERS, GrantNotAllowed, Role
from lms.reports.overview import failed_jobs, latest_events, overview
from lms.settings import Settings
from lms.web import words
from lms.web.course_view import foreign
from lms.web.coverage import HIDDEN
from lms.web.given import Errors, Values, given, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 50
WORKER_SILENT = timedelta(minutes=1)
WHOLE_SYSTEM = "*"  # no entity has this key: keys are letters, digits and hyphens


@router.get("/admin")
async def home(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.GRANTS_MANAGE)
) -> Response:
    """How much there is, what waits, what failed, whether the worker lives."""
    found = await overview(session)
    seen = found.worker_seen_at
    context = {
        "overview": found,
        "worker_alive": seen is not None and clock.now() - seen < WORKER_SILENT,
        "failed": await failed_jobs(session) if found.jobs_failed else [],
        "may_publish": actor.may(Permission.COURSES_PUBLISH),
        "may_read_events": actor.may(Permission.EVENTS_READ, "/"),
    }
    return show(request, "admin/home.html", context)


# -- roles -------------------------------------------------------------------------------------------------

_GRANTS = "/admin/people/{person_id:uuid}/grants"


@router.get(_GRANTS)
async def grants(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.GRANTS_MANAGE),
) -> Response:
    """Roles a person holds, each to be taken back, and the form that gives one."""
    return await _grants_page(request, session, actor, person_id, {}, {})


async def _grants_page(
    request: Request, session: AsyncSession, actor: Actor, person_id: UUID, values: Values, errors: Errors
) -> Response:
    await queries.resolve_person(session, str(person_id), actor=actor, permission=Permission.GRANTS_MANAGE)
    entities = await queries.entities_in_scope(session, actor=actor, permission=Permission.GRANTS_MANAGE)
    _ = texts(request).gettext
    options = [(each.key, each.name) for each in entities]
    if actor.may(Permission.GRANTS_MANAGE, "/"):
        options.insert(0, (WHOLE_SYSTEM, _("The whole system")))
    context = {
        "person": await queries.get_person(session, person_id),
        "grants": await queries.grants_of(session, person_id),
        "roles": words.roles(request.state.language),
        "for_partners": FOR_PARTNERS,
        "entities": options,
        "names": {each.key: each.name for each in entities},
        "is_self": person_id == actor.person_id,
        "values": values,
        "errors": errors,
    }
    return show(request, "admin/grants.html", context, status=422 if errors else 200)


@router.post(_GRANTS)
async def grant(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.GRANTS_MANAGE),
) -> Response:
    """Give the role; it counts from the person's next request."""
    values = await given(request)
    errors = _checked(request, values)
    if not errors:
        entity = None if values["entity"] == WHOLE_SYSTEM else values["entity"]
        role = Role(values["role"])
        try:
            await service.grant_role(session, acting=actor, person_id=person_id, role=role, entity=entity)
        except DomainError as error:
            await roll_back(session)
            own = texts(request).gettext("You cannot grant this role for this entity.")
            errors = said(error, {GrantNotAllowed: own})
    if errors:
        return await _grants_page(request, session, actor, person_id, values, errors)
    flash = texts(request).gettext("The role is given. It counts from the person's next click.")
    return redirect(request, f"/admin/people/{person_id}/grants", flash=flash)


def _checked(request: Request, values: Values) -> Errors:
    _ = texts(request).gettext
    errors = Errors()
    if values.get("role") not in {role.value for role in Role}:
        errors["role"] = _("Choose the role.")
    if not values.get("entity"):
        errors["entity"] = _("Choose where the role is held.")
    return errors


@router.post(_GRANTS + "/{grant_id:uuid}/revoke")
async def revoke_grant(
    request: Request,
    session: DbSession,
    person_id: UUID,
    grant_id: UUID,
    actor: Actor = page_permit(Permission.GRANTS_MANAGE),
) -> Response:
    """Take the role back."""
    _ = texts(request).gettext
    text, kind = _("The role is taken back, from the person's next click on."), "done"
    try:
        await service.revoke_grant(session, acting=actor, grant_id=grant_id)
    except (NotAllowed, NotFound):
        await roll_back(session)
        text, kind = (
            _("Nothing was changed: the role is gone already, or it lies beyond your reach."),
            "attention",
        )
    return redirect(request, f"/admin/people/{person_id}/grants", flash=text, kind=kind)


# -- courses -----------------------------------------------------------------------------------------------


@router.get("/admin/courses")
async def courses(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COURSES_PUBLISH)
) -> Response:
    """Published courses with their version and its day."""
    rows, language = await list_published(session), request.state.language
    context = {
        "rows": rows,
        "titles": await titles_of_versions(session, [row.version_id for row in rows], language=language),
        "changes": words.changes(language),
        "foreign": foreign,
    }
    return show(request, "admin/courses.html", context)


async def _library(request: Request) -> Library:
    settings: Settings = request.app.state.settings
    return await asyncio.to_thread(library_beside, settings.courses_dir)


def _fingerprint(library: Library, impacts: list[Impact]) -> str:
    """Names exactly what was shown, so that nothing else is published by the button under it."""
    editions = sorted(library.courses[each.course].digest for each in impacts)
    return hashlib.sha256(" ".join(editions).encode()).hexdigest()


@router.get("/admin/courses/publish")
async def publish_page(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COURSES_PUBLISH)
) -> Response:
    """What the check says of the course files, and whom publishing them would touch."""
    return await _publish_page(request, session)


async def _publish_page(request: Request, session: AsyncSession, errors: Errors | None = None) -> Response:
    _ = texts(request).gettext
    try:
        library = await _library(request)
    except NotADirectoryError:
        missing = {"": _("The folder of course files is not there. Operators set it in LMS_COURSES_DIR.")}
        return show(request, "admin/publish.html", {"library": None, "errors": missing}, status=503)
    impacts = [] if library.errors else await impact_of(session, library)
    context = {
        "library": library,
        "findings": sorted(library.findings, key=lambda each: (not each.is_error, each.sort_key)),
        "impacts": impacts,
        "touched": {each.course: rows_of(each) for each in impacts},
        "names": {each.key: each.name for each in await queries.list_entities(session)},
        "hidden": HIDDEN,
        "fingerprint": _fingerprint(library, impacts),
        "notes": {each.course: library.courses[each.course].course.release for each in impacts},
        "titles": {each.course: library.courses[each.course].texts for each in impacts},
        "originals": {each.course: library.courses[each.course].course.original for each in impacts},
        "changes": words.changes(request.state.language),
        "errors": errors or {},
    }
    return show(request, "admin/publish.html", context, status=409 if errors else 200)


@router.post("/admin/courses/publish")
async def publish(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COURSES_PUBLISH)
) -> Response:
    """Publish what was shown; when the files have changed since, show them again instead."""
    says, values = texts(request), await given(request)
    changed = says.gettext("The course files have changed since you looked. This is how they are now.")
    try:
        library = await _library(request)
        if values.get("fingerprint") != _fingerprint(library, await impact_of(session, library)):
            return await _publish_page(request, session, {"": changed})
        published = await publish_library(session, library, acting=actor)
    except (LibraryHasErrors, NotADirectoryError):
        await roll_back(session)
        return await _publish_page(request, session, {"": changed})
    flash = says.ngettext("%(num)d course is published.", "%(num)d courses are published.", len(published))
    return redirect(request, "/admin/courses", flash=flash)


# -- events ------------------------------------------------------------------------------------------------


def _event_types(asked: str) -> list[str]:
    """Every type the product writes, and the one in the address, which may be older than the product."""
    return sorted({kind.type for kind in Event.__subclasses__()} | ({asked} if asked else set()))


@router.get("/admin/events")
async def events(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.EVENTS_READ),
    type: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What happened, the latest first: type, when, by whom, about what."""
    if not actor.may(Permission.EVENTS_READ, "/"):  # events are of the whole system, and name its people
        raise NotAllowed()
    filters = {"type": type}
    after = decode_cursor(cursor, filters=filters, parts=(datetime.fromisoformat, count_part))
    rows = await latest_events(session, event_type=type or None, after=after, limit=PAGE + 1)
    last: Any = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "rows": rows[:PAGE],
        "types": [(each, each) for each in _event_types(type)],
        "values": filters,
        "address": with_query("/admin/events", type=type or None),
        "next_cursor": encode_cursor([last.at.isoformat(), last.id], filters=filters) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "admin/events.html", context)
