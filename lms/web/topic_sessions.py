"""Pages of topic sessions and working groups, for focal points and those who took part while they were."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.focal_points import groups, sessions
from lms.focal_points import session_queries as queries
from lms.focal_points.domain import GroupNotFound, SessionState
from lms.focal_points.queries import is_focal_point
from lms.focal_points.session_endpoints import moment_part
from lms.focal_points.session_schemas import GroupCreate, Notes, SessionCreate
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotFound
from lms.kernel.http import DbSession
from lms.kernel.i18n import city_of, zone_to_choose, zones_by_region
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.web import focal_words
from lms.web.given import Errors, given, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 30
SESSIONS, GROUPS = "/focal-points/sessions", "/focal-points/groups"
_SELF = Permission.SELF
_FIELDS = ("title", "topic", "local_date", "local_time", "time_zone", "minutes", "language", "link", "place")


async def words_of_sessions(request: Request, session: AsyncSession) -> dict[str, Any]:
    """What templates say of sessions."""
    taxonomy, reader = await get_taxonomy(session), request.state.language
    return {
        "topic_name": lambda key: focal_words.topic_name(taxonomy, key, reader),
        "topics": focal_words.topics_to_choose(taxonomy, reader),
        "language_name": lambda code: focal_words.language_name(code, reader),
        "city": lambda zone: city_of(zone, reader),
        "ends": lambda row: queries.timing_of(row).ends_at.astimezone(ZoneInfo(row.time_zone)),
        "is_over": lambda row: queries.timing_of(row).is_over(clock.now()),
    }


@router.get(SESSIONS)
async def list_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    when: Annotated[str, Query(max_length=10)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Topic sessions to come or over, and the working groups they became."""
    past, asked = when == "past", {"list": "sessions", "when": when}
    after = decode_cursor(cursor, filters=asked, parts=(moment_part, UUID))
    rows = await queries.list_sessions(
        session, actor=actor, now=clock.now(), past=past, after=after, limit=PAGE + 1
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        **await words_of_sessions(request, session),
        "rows": rows[:PAGE],
        "past": past,
        "groups": [] if past else await queries.list_groups(session, actor=actor, limit=50),
        "is_focal_point": is_focal_point(actor),
        "address": with_query(SESSIONS, when=when or None),
        "next_cursor": encode_cursor([last.starts_at.isoformat(), last.id], filters=asked) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "focal_points/sessions.html", context)


# -- announcing --------------------------------------------------------------------------------------------


@router.get(SESSIONS + "/new")
async def new_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    group: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The form that announces a session, or a meeting of a group."""
    sessions.require_focal_point(actor)
    values = {"time_zone": zone_to_choose(actor.time_zone), "minutes": "60", "language": actor.language}
    return await _form(request, session, actor, values | {"group": group}, {})


async def _form(
    request: Request, session: AsyncSession, actor: Actor, values: Mapping[str, str], errors: Errors
) -> Response:
    group_id = _id(values.get("group", ""))
    group = await queries.get_group(session, group_id, actor=actor) if group_id else None
    context = {
        **await words_of_sessions(request, session),
        "group": group,
        "values": values,
        "errors": errors,
        "zones": zones_by_region(request.state.language),
        "official": focal_words.official_languages(request.state.language),
        "today": clock.today(),
    }
    return show(request, "focal_points/announce.html", context, status=422 if errors else 200)


def _id(written: str) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError:
        raise NotFound() from None


@router.post(SESSIONS + "/new")
async def announce(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """Announce it; whoever asked for it gets a mail."""
    values = await given(request)
    sent = {name: values[name] for name in _FIELDS if values.get(name)}
    try:
        new = SessionCreate.model_validate(sent | {"group": values.get("group") or None})
        made = await sessions.announce(session, acting=actor, new=new.new())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, actor, values, what_is_wrong(request, error))
    flash = texts(request).gettext("The session is announced.")
    return redirect(request, f"{SESSIONS}/{made}", flash=flash)


def what_is_wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    """What a form of a session or a group says is wrong."""
    _ = texts(request).gettext
    if isinstance(error, DomainError):
        found = focal_words.refusal(error, request.state.language)
        return found | ({"link": _("Say where: a link, a place, or both.")} if "link" in found else {})
    words = {
        "title": _("Give the title."),
        "topic": _("Choose what it is about."),
        "local_date": _("Write the day as year, month and day: 2026-11-23."),
        "local_time": _("Write the time as hours and minutes: 14:00."),
        "time_zone": _("Choose a city from the list."),
        "minutes": _("Write how many minutes it takes: from 5 to 600."),
        "language": _("Choose the language."),
        "link": _("Write the whole address, beginning with https://."),
        "notes": _("Write what came out of it."),
        "purpose": _("Say what the group is for."),
        "outcome": _("Say what came of it."),
    }
    fields = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
    other = _("This is too long, or not of the kind asked for.")
    return {name: words.get(name, other) for name in fields}


# -- one session -------------------------------------------------------------------------------------------


@router.get(SESSIONS + "/{session_id:uuid}")
async def session_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """One session: when, where, who joined, what came out of it."""
    return await _session(request, session, actor, session_id, {}, {})


async def _session(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    session_id: UUID,
    values: Mapping[str, Any],
    errors: Errors,
) -> Response:
    row = await queries.get_session(session, session_id, actor=actor)
    people = await queries.people_of(session, session_id)
    now, timing = clock.now(), queries.timing_of(row)
    held = timing.is_over(now) and timing.state is SessionState.ANNOUNCED
    noted = [str(each.id) for each in people if each.came is not False]
    group = await _group_of(session, actor, row.group_id)
    open_ = not timing.is_over(now) and timing.state is SessionState.ANNOUNCED
    is_host = row.host_id == actor.person_id
    context = {
        **await words_of_sessions(request, session),
        "row": row,
        "people": people,
        "values": {"notes": row.notes or "", "came": noted, "title": row.title, **values},
        "errors": errors,
        "is_host": is_host,
        "group": group,
        "may_join": open_ and not row.am_in and is_focal_point(actor) and (group is None or group.am_in),
        "may_leave": open_ and row.am_in and not is_host,
        "may_call_off": open_ and is_host,
        "may_note": held and is_host,
        "may_carry_on": held and row.am_in and row.group_id is None and is_focal_point(actor),
    }
    return show(request, "focal_points/session.html", context, status=422 if errors else 200)


async def _group_of(session: AsyncSession, actor: Actor, group_id: UUID | None) -> Any:
    """The group a session belongs to; None where there is none, or none that the reader may see."""
    try:
        return None if group_id is None else await queries.get_group(session, group_id, actor=actor)
    except GroupNotFound:
        return None


async def do_step(
    request: Request, session: AsyncSession, act: Awaitable[None], to: str, done: str
) -> Response:
    """Take one step, and come back to its page with what was done or why not."""
    try:
        await act
    except NotFound:
        raise
    except DomainError as error:
        await roll_back(session)
        why = " ".join(focal_words.refusal(error, request.state.language).values())
        return redirect(request, to, flash=why, kind="attention")
    return redirect(request, to, flash=done)


@router.post(SESSIONS + "/{session_id:uuid}/join")
async def join_session(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Join it."""
    done = texts(request).gettext("You have joined. The session stands in your calendar.")
    act = sessions.join(session, acting=actor, session_id=session_id)
    return await do_step(request, session, act, f"{SESSIONS}/{session_id}", done)


@router.post(SESSIONS + "/{session_id:uuid}/leave")
async def leave_session(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Leave it."""
    done = texts(request).gettext("You have left the session.")
    act = sessions.leave(session, acting=actor, session_id=session_id)
    return await do_step(request, session, act, f"{SESSIONS}/{session_id}", done)


@router.post(SESSIONS + "/{session_id:uuid}/call-off")
async def call_off(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Have it not take place."""
    done = texts(request).gettext("The session is called off. Calendars show it as cancelled.")
    act = sessions.call_off(session, acting=actor, session_id=session_id)
    return await do_step(request, session, act, f"{SESSIONS}/{session_id}", done)


@router.post(SESSIONS + "/{session_id:uuid}/notes")
async def note(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Keep what came out of it, and who came."""
    form, values = await request.form(), dict[str, Any](await given(request))
    values["came"] = [each for each in form.getlist("came") if isinstance(each, str)]
    sent = {"notes": values.get("notes", ""), "came": values["came"]}

    async def act() -> str:
        notes = Notes.model_validate(sent)
        await sessions.note(session, acting=actor, session_id=session_id, notes=notes.notes, came=notes.came)
        return f"{SESSIONS}/{session_id}"

    done = texts(request).gettext("The notes are kept.")
    return await _filled(request, session, actor, session_id, values, act, done)


@router.post(SESSIONS + "/{session_id:uuid}/carry-on")
async def carry_on(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Have it carry on as a working group."""
    values = await given(request)

    async def act() -> str:
        new = GroupCreate(title=values.get("title", ""), purpose=values.get("purpose", ""))
        made = await groups.carry_on(
            session, acting=actor, session_id=session_id, title=new.title, purpose=new.purpose
        )
        return f"{GROUPS}/{made}"

    done = texts(request).gettext("The session carries on as a working group.")
    return await _filled(request, session, actor, session_id, values, act, done)


async def _filled(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    session_id: UUID,
    values: Mapping[str, Any],
    act: Callable[[], Awaitable[str]],
    done: str,
) -> Response:
    """A form of a session's page: on to where it leads, or shown again with what is wrong."""
    try:
        to = await act()
    except NotFound:
        raise
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _session(request, session, actor, session_id, values, what_is_wrong(request, error))
    return redirect(request, to, flash=done)
