"""People as human resources and administrators see them: find someone, read their record, record, revoke."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy, programmes_in, titles_of_versions, titles_on_offer
from lms.completions import queries as completions
from lms.completions import service
from lms.completions.batch import record_batch
from lms.completions.domain import AlreadyRevoked
from lms.completions.schemas import CompletionRecorded
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotAllowed
from lms.kernel.http import DbSession
from lms.kernel.i18n import search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people import queries
from lms.skills.domain import standing_on
from lms.skills.queries import held_as_at, records_of_completion
from lms.web import words
from lms.web.course_view import foreign
from lms.web.course_view import said as named
from lms.web.given import Errors, Values, day_in, given, require, said, texts
from lms.web.recognition_view import competency_names
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, COMPLETIONS_SHOWN = 50, 100
Cursor = Annotated[str | None, Query(max_length=2000)]


@router.get("/people")
async def people(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.PEOPLE_READ),
    q: Annotated[str, Query(max_length=200)] = "",
    entity: Annotated[str, Query(max_length=100)] = "",
    cursor: Cursor = None,
) -> Response:
    """People of one's entities in name order, to be searched by name or e-mail."""
    filters = {"q": q, "entity": entity}
    entities = await queries.entities_in_scope(session, actor=actor, permission=Permission.PEOPLE_READ)
    paths = {each.key: each.path for each in entities}
    rows = await queries.list_people(
        session,
        actor=actor,
        words=search_words(q),
        entity_path=paths.get(entity),
        after=decode_cursor(cursor, filters=filters, parts=(str, UUID)),
        limit=PAGE + 1,
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        "values": filters,
        "entities": [(each.key, each.name) for each in entities],
        "names": {each.key: each.name for each in entities},
        "rows": rows[:PAGE],
        "kinds": words.kinds_of_personnel(request.state.language),
        "address": with_query("/people", **{key: value or None for key, value in filters.items()}),
        "next_cursor": encode_cursor([last.sort_key, last.id], filters=filters) if last else None,
        "is_first": cursor is None,
        "filtered": bool(q or entity),
        **_acts(actor),
    }
    return show(request, "hr/people.html", context)


def _acts(actor: Actor) -> dict[str, bool]:
    """What the reader may do beside reading."""
    return {
        "may_import": actor.may(Permission.PEOPLE_IMPORT),
        "may_record": actor.may(Permission.COMPLETIONS_RECORD),
        "may_waive": actor.may(Permission.COMPLETIONS_WAIVE),
        "may_revoke": actor.may(Permission.COMPLETIONS_REVOKE),
        "may_read_completions": actor.may(Permission.COMPLETIONS_READ),
        "may_read_skills": actor.may(Permission.SKILLS_READ),
        "may_grant": actor.may(Permission.GRANTS_MANAGE),
        "may_record_absence": actor.may(Permission.PEOPLE_IMPORT),
        "may_assign_profile": actor.may(Permission.PROFILES_ASSIGN),
    }


@router.get("/people/{person_id:uuid}")
async def person(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.PEOPLE_READ),
    cursor: Cursor = None,
) -> Response:
    """One person: affiliations and, for human resources, completions and skills dated within their entity."""
    await queries.resolve_person(session, str(person_id), actor=actor, permission=Permission.PEOPLE_READ)
    context = {
        "person": await queries.get_person(session, person_id),
        "affiliations": await queries.affiliations_of(session, person_id),
        "today": clock.today(),
        "kinds": words.kinds_of_personnel(request.state.language),
        "appointments": words.appointments(request.state.language),
        "is_self": person_id == actor.person_id,
        **_acts(actor),
    }
    if actor.may(Permission.COMPLETIONS_READ):
        context |= await _completions(request, session, actor, person_id, cursor)
    if actor.may(Permission.SKILLS_READ):
        context |= await _standing(request, session, actor, person_id)
    return show(request, "hr/person.html", context)


async def _completions(
    request: Request, session: AsyncSession, actor: Actor, person_id: UUID, cursor: str | None
) -> dict[str, Any]:
    filters = {"person": person_id}
    rows = await completions.list_completions(
        session,
        actor=actor,
        person_id=person_id,
        after=decode_cursor(cursor, filters=filters, parts=(UUID,)),
        limit=COMPLETIONS_SHOWN + 1,
    )
    shown = rows[:COMPLETIONS_SHOWN]
    language = request.state.language
    return {
        "programmes": await _programmes(request, session, actor, person_id),
        "completions": shown,
        "titles": await titles_of_versions(
            session,
            [each for row in shown for each in (row.course_version_id, row.ground_version_id) if each],
            language=language,
        ),
        "sources": words.completion_sources(language),
        "foreign": foreign,
        "next_cursor": encode_cursor([shown[-1].id], filters=filters) if len(rows) > len(shown) else None,
        "is_first": cursor is None,
    }


async def _programmes(
    request: Request, session: AsyncSession, actor: Actor, person_id: UUID
) -> list[dict[str, Any]]:
    """Programmes completed, each by the name it had."""
    rows = await completions.list_programme_completions(session, actor=actor, person_id=person_id, limit=100)
    published = await programmes_in(session, {row.document_id for row in rows})
    found = [(row, published[row.document_id].get(row.programme)) for row in rows]
    language = request.state.language
    return [{"row": row, "name": named(it.name, language) if it else row.programme} for row, it in found]


async def _standing(request: Request, session: AsyncSession, actor: Actor, person_id: UUID) -> dict[str, Any]:
    """Standing today, from the records that the reader may see."""
    held = await held_as_at(session, actor=actor, person_id=person_id, moment=clock.now())
    taxonomy, language = await get_taxonomy(session), request.state.language
    names = competency_names(taxonomy, language)
    standings = standing_on(clock.today(), held)
    return {
        "standings": sorted(standings, key=lambda each: names.get(each.competency, each.competency)),
        "competencies": names,
        "levels": {each.level: each.name.for_reader(language) for each in taxonomy.levels},
        "evidence_sources": words.evidence_sources(language),
    }


# -- a completion recorded elsewhere -----------------------------------------------------------------------


@router.get("/people/record")
async def record_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.COMPLETIONS_RECORD),
    person: Annotated[str, Query(max_length=254)] = "",
) -> Response:
    """The form by which one completion made elsewhere is recorded."""
    return await _record_form(request, session, actor, {"person": person}, {})


async def _record_form(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Response:
    offered = await titles_on_offer(session, language=request.state.language)
    context = {
        "values": values,
        "errors": errors,
        "courses": [(each.key, each.title) for each in offered],
        "known": await _known(session, actor, values.get("person", "")),
    }
    return show(request, "hr/record.html", context, status=422 if errors else 200)


async def _known(session: AsyncSession, actor: Actor, reference: str) -> Any | None:
    """Whom the e-mail or id in the form means, so that the name can be seen before anything is recorded."""
    if not reference or not actor.may(Permission.PEOPLE_READ):
        return None
    try:
        found = await queries.resolve_person(
            session, reference, actor=actor, permission=Permission.COMPLETIONS_RECORD
        )
    except DomainError:
        return None
    return await queries.get_person(session, found)


@router.post("/people/record")
async def record(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.COMPLETIONS_RECORD)
) -> Response:
    """Record it; the same again is found and said, not recorded twice."""
    values, errors = await given(request), Errors()
    day = _checked(request, values, errors)
    if day is None or errors:
        return await _record_form(request, session, actor, values, errors)
    row = _row(request, values, day, errors)
    if row is None:
        return await _record_form(request, session, actor, values, errors)
    result = (await record_batch(session, acting=actor, rows=[row])).results[0]
    if result.error is not None:
        await roll_back(session)
        refused = {
            result.error.pointer.strip("/"): _refusal(request, result.error.pointer, result.error.detail)
        }
        return await _record_form(request, session, actor, values, refused)
    return await _recorded(request, session, actor, values, duplicate=result.duplicate)


def _checked(request: Request, values: Values, errors: Errors) -> date | None:
    says = texts(request)
    _ = says.gettext
    sentences = {
        "person": _("Give the person's e-mail."),
        "course": _("Choose the course."),
        "occurred_on": _("Give the day on which it was completed."),
        "source": _("Say who recorded it first."),
    }
    require(values, errors, sentences)
    return day_in(values, "occurred_on", errors, says)


def _row(request: Request, values: Values, day: date, errors: Errors) -> CompletionRecorded | None:
    """The row as the batch takes it; None, with lines in `errors`, when a field is too long."""
    fields = {name: values[name] for name in ("person", "course", "source")}
    try:
        return CompletionRecorded(**fields, occurred_on=day, evidence=values.get("evidence") or None)
    except ValidationError as error:
        for fault in error.errors():
            errors[str(fault["loc"][0])] = texts(request).gettext("This is not in a form that can be kept.")
        return None


def _refusal(request: Request, pointer: str, detail: str) -> str:
    _ = texts(request).gettext
    sentences = {
        "/person": _("There is no person with this e-mail among those you record for."),
        "/course": _("This course is not on offer."),
        "/occurred_on": _("The day lies in the future or before 1990."),
    }
    return sentences.get(pointer, detail)


async def _recorded(
    request: Request, session: AsyncSession, actor: Actor, values: Values, *, duplicate: bool
) -> Response:
    _ = texts(request).gettext
    person_id = await queries.resolve_person(
        session, values["person"], actor=actor, permission=Permission.COMPLETIONS_RECORD
    )
    text = _("The completion is recorded.")
    if duplicate:
        text = _("This completion was recorded before; nothing was changed.")
    to = f"/people/{person_id}" if actor.may(Permission.PEOPLE_READ) else "/people/record"
    return redirect(request, to, flash=text, kind="attention" if duplicate else "done")


# -- revoking ----------------------------------------------------------------------------------------------

_REVOKE = "/people/{person_id:uuid}/completions/{completion_id:uuid}/revoke"


@router.get(_REVOKE)
async def revoke_page(
    request: Request,
    session: DbSession,
    person_id: UUID,
    completion_id: UUID,
    actor: Actor = page_permit(Permission.COMPLETIONS_REVOKE),
) -> Response:
    """What revoking this completion would do, and the form that does it."""
    return await _revoke_form(request, session, actor, completion_id, {}, {})


async def _revoke_form(
    request: Request, session: AsyncSession, actor: Actor, completion_id: UUID, values: Values, errors: Errors
) -> Response:
    row = await completions.get_completion_visible_to(session, completion_id, actor=actor)
    if row.revoked_at is not None or row.person_id == actor.person_id:
        raise AlreadyRevoked() if row.revoked_at is not None else NotAllowed()
    language = request.state.language
    resting = await records_of_completion(session, completion_id)
    context = {
        "values": values,
        "errors": errors,
        "row": row,
        "title": (await titles_of_versions(session, [row.course_version_id], language=language))[
            row.course_version_id
        ],
        "source": words.completion_sources(language).get(row.source, row.source),
        "competencies": _named(resting, competency_names(await get_taxonomy(session), language)),
        "foreign": foreign,
    }
    return show(request, "hr/revoke.html", context, status=422 if errors else 200)


def _named(records: Any, names: dict[str, str]) -> list[str]:
    return sorted({names.get(each.competency, each.competency) for each in records})


@router.post(_REVOKE)
async def revoke(
    request: Request,
    session: DbSession,
    person_id: UUID,
    completion_id: UUID,
    actor: Actor = page_permit(Permission.COMPLETIONS_REVOKE),
) -> Response:
    """Have the completion stop counting; it stays on the record with the reason."""
    values, errors, says = await given(request), Errors(), texts(request)
    require(values, errors, {"reason": says.gettext("Say why it stops counting.")})
    if not errors:
        try:
            await service.revoke_completion(
                session, acting=actor, completion_id=completion_id, reason=values["reason"][:2000]
            )
        except DomainError as error:
            await roll_back(session)
            errors = said(error, {AlreadyRevoked: says.gettext("This completion was revoked before.")})
    if errors:
        return await _revoke_form(request, session, actor, completion_id, values, errors)
    flash = says.gettext("The completion is revoked. It stays on the record with your reason.")
    return redirect(request, f"/people/{person_id}", flash=flash)
