"""Pages of attendance: the code on the wall, checking in, the facilitators' list, and what hosts sign."""

import io
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import BadMark, NoSeat, WrongCode
from lms.joint_trainings.policies.attendance import attendance_policy
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.service import attendance, checkin, signoff
from lms.joint_trainings.service.attendance import NewMark
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.ids import new_id
from lms.web import attendance_words
from lms.web.given import Errors, given, said, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_SELF, _HOST = Permission.SELF, Permission.TRAININGS_HOST


def refused(request: Request, error: DomainError) -> Errors:
    """What a page says about an error."""
    found = said(error, attendance_words.refusals(request.state.language))
    return {"reason": found[""]} if isinstance(error, BadMark) else found


def _list_time() -> timedelta:
    """How long after a session a mark is still one of the list."""
    return timedelta(minutes=attendance_policy().list_minutes)


# -- facilitators ------------------------------------------------------------------------------------------


@router.get("/facilitating")
async def facilitating(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """Sessions that one leads, from those of yesterday on."""
    since = clock.now() - timedelta(days=30)
    rows = await queries.facilitated_by(session, actor.person_id, since=since)
    return show(request, "attendance/facilitating.html", {"rows": rows, "now": clock.now()})


@router.get("/sessions/{session_id:uuid}/code")
async def code_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """The code, large enough for the back of a room; it comes anew by itself."""
    row = await queries.find_session(session, session_id)
    shown = await checkin.shown_code(session, row, actor=actor)
    address = f"{request.app.state.settings.base_url}/check-in/{session_id}"
    people = await queries.participants_of(session, session_id)
    there = {each.person for each in (await queries.marks_of(session, [session_id]))[session_id]}
    context = {
        "row": row,
        "shown": shown,
        "address": address,
        "picture": _picture(f"{address}?code={shown.code}" if shown.code else address),
        "people": len(people),
        "there": sum(1 for each in people if each.id in there),
    }
    response = show(request, "attendance/code.html", context)
    # Works without script, and keeps what is on the wall true.
    response.headers["Refresh"] = str(min(shown.seconds, 30) if shown.code else 30)
    response.headers["Cache-Control"] = "no-store"
    return response


def _picture(address: str) -> Markup:
    """A QR code as SVG that takes its colours from the page."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, svgclass="qr", lineclass="qr-line", omitsize=True
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704  (drawn by segno from our own address)


@router.get("/sessions/{session_id:uuid}/attendance")
async def list_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """The list: who is to be there, and who is."""
    return await _list(request, session, session_id, actor, {})


async def _list(
    request: Request, session: AsyncSession, session_id: UUID, actor: Actor, errors: Errors
) -> Response:
    row = await queries.find_session(session, session_id)
    reach = await queries.reach_of(session, row, actor=actor)
    sheets = await signoff.sheets_of(session, row, reach, of=[each.id for each in reach.hosts])
    language = request.state.language
    context = {
        "row": row,
        "reach": reach,
        "sheets": sheets,
        "is_over": row.ends_at < clock.now(),
        "is_late": not reach.facilitates or row.ends_at + _list_time() < clock.now(),
        "sources": attendance_words.sources(language),
        "refusals": attendance_words.by_type(language),
        "new_id": new_id,
        "own_id": actor.person_id,
        "errors": errors,
    }
    return show(request, "attendance/list.html", context, status=422 if errors else 200)


@router.post("/sessions/{session_id:uuid}/attendance")
async def mark(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Mark one person, as a plain form; with script the same goes by the API, and waits for a line."""
    values = await given(request)
    new = _mark_in(values)
    if new is None:
        says = texts(request).gettext("Write the minutes as a whole number.")
        return await _list(request, session, session_id, actor, {"": says})
    answer = (await attendance.mark(session, acting=actor, session_id=session_id, new=[new]))[0]
    if not answer.is_taken:
        words = attendance_words.by_type(request.state.language).get(answer.why or "", answer.sentence or "")
        return redirect(request, f"/sessions/{session_id}/attendance", flash=words, kind="attention")
    return redirect(request, f"/sessions/{session_id}/attendance#person-{new.person_id}")


def _mark_in(values: dict[str, str]) -> NewMark | None:
    """The mark of a form: a button says all or nothing, or the minutes are written."""
    minutes = {"present": "1440", "absent": "0"}.get(values.get("do", ""), values.get("minutes", ""))
    try:
        person = UUID(values.get("person", ""))
    except ValueError:
        return None
    if not minutes.isdecimal() or len(minutes) > 4:
        return None
    client_id = values.get("client_id", "")[:64] or str(new_id())
    return NewMark(
        client_id, person, clock.now(), min(int(minutes), 1440), reason=values.get("reason", "")[:500]
    )


# -- checking in -------------------------------------------------------------------------------------------


@router.get("/check-in/{session_id:uuid}")
async def check_in_page(
    request: Request,
    session: DbSession,
    session_id: UUID,
    actor: Actor = page_permit(_SELF),
    code: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Where the code is typed, or comes with the picture that was scanned."""
    return await _check_in(request, session, session_id, actor, {"code": code}, {})


async def _check_in(
    request: Request, session: AsyncSession, session_id: UUID, actor: Actor, values: Any, errors: Errors
) -> Response:
    row = await queries.find_session(session, session_id)
    minutes = None
    try:
        await checkin.require_seat(session, row, acting=actor)
        minutes = await checkin.checked_in(session, row, actor.person_id)
    except DomainError as error:
        return _closed(request, row, error)
    if minutes is None and not errors:
        try:
            checkin.require_time(row, clock.now())
        except DomainError as error:
            return _closed(request, row, error)
    context = {
        "row": row,
        "values": values,
        "errors": errors,
        "minutes": minutes,
        "closed": None,
        "is_known": True,
    }
    return show(request, "attendance/check_in.html", context, status=422 if errors else 200)


def _closed(request: Request, row: Any, error: DomainError) -> Response:
    why, known = refused(request, error)[""], not isinstance(error, NoSeat)
    # Whoever has no seat is not told which session it is.
    context = {"row": row, "closed": why, "is_known": known, "values": {}, "errors": {}, "minutes": None}
    return show(request, "attendance/check_in.html", context)


@router.post("/check-in/{session_id:uuid}")
async def check_in(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Check in. Twice is once."""
    values = await given(request)
    try:
        await checkin.check_in(session, acting=actor, session_id=session_id, code=values.get("code", ""))
    except WrongCode as error:
        await checkin.count_wrong_code(session, acting=actor, session_id=session_id)
        _ = texts(request).gettext
        says = _(
            "This is not the code that is shown now. Read it again from the wall: it changes every half minute."
        )
        if error.is_of_another:
            says = _("This is the code of another session. Open the page of the one you are in.")
        return await _check_in(request, session, session_id, actor, values, {"code": says})
    except DomainError as error:
        await roll_back(session)
        return await _check_in(request, session, session_id, actor, values, refused(request, error))
    return redirect(request, f"/check-in/{session_id}")


# -- signing -----------------------------------------------------------------------------------------------


@router.get("/sessions/{session_id:uuid}/sign-off")
async def sign_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """What one's hosts sign: their own people, with minutes."""
    return await _sign_page(request, session, session_id, actor, {}, {})


async def _sign_page(
    request: Request, session: AsyncSession, session_id: UUID, actor: Actor, values: Any, errors: Errors
) -> Response:
    row = await queries.find_session(session, session_id)
    reach = await queries.reach_of(session, row, actor=actor)
    sheets = await signoff.sheets_of(session, row, reach, of=reach.signs)
    context = {
        "row": row,
        "sheets": [each for each in sheets if each.host.id in reach.signs],
        "is_over": row.ends_at < clock.now(),
        "sources": attendance_words.sources(request.state.language),
        "own_id": actor.person_id,
        "values": values,
        "errors": errors,
    }
    return show(request, "attendance/sign_off.html", context, status=422 if errors else 200)


@router.post("/sessions/{session_id:uuid}/sign-off")
async def sign(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Sign for a host, or correct what it has signed."""
    values = await given(request)
    try:
        if values.get("do") == "correct":
            await _correct(session, actor, session_id, values)
            flash = texts(request).gettext("It is corrected. Sign the list again.")
        else:
            host_id = UUID(values.get("host", ""))
            await signoff.sign(
                session,
                acting=actor,
                session_id=session_id,
                host_id=host_id,
                digest=values.get("digest", ""),
            )
            flash = texts(request).gettext("It is signed.")
    except ValueError:
        await roll_back(session)
        says = texts(request).gettext("Choose the person, and write the minutes as a whole number.")
        return await _sign_page(request, session, session_id, actor, values, {"": says})
    except DomainError as error:
        await roll_back(session)
        return await _sign_page(request, session, session_id, actor, values, refused(request, error))
    return redirect(request, f"/sessions/{session_id}/sign-off", flash=flash)


async def _correct(session: AsyncSession, actor: Actor, session_id: UUID, values: dict[str, str]) -> None:
    await attendance.correct(
        session,
        acting=actor,
        session_id=session_id,
        person_id=UUID(values.get("person", "")),
        minutes=min(int(values.get("minutes", "")), 1440),
        reason=values.get("reason", "")[:500],
    )
