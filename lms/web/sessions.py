"""Pages of the hosts: the sessions of a training, planned, changed, led and cancelled."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.sessions import (
    PLANNED_IN,
    BadSession,
    SessionTerms,
    TimeSkipped,
    TimeTwice,
    moment_of,
)
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.queries import sessions as queries
from lms.joint_trainings.queries.trainings import get_training, hosts_of, lock_training, own_hosts
from lms.joint_trainings.service import sessions as service
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale
from lms.kernel.http import DbSession
from lms.kernel.i18n import zone_to_choose, zones_by_region
from lms.web import session_words
from lms.web.course_view import own_names
from lms.web.given import Errors, day_in, given, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
Values = dict[str, Any]


@router.get("/trainings/{training_id:uuid}/sessions")
async def list_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """Sessions of a training in time order, each with its seats."""
    training = await get_training(session, training_id, actor=actor)
    rows = await queries.sessions_of(session, training_id)
    counts = await queries.counts_of(session, [row.id for row in rows])
    own = await own_hosts(session, training_id, actor=actor)
    context = {
        "training": training,
        "rows": rows,
        "taken": {key: sum(taken for taken, _ in each.values()) for key, each in counts.items()},
        "waiting": {key: sum(waiting for _, waiting in each.values()) for key, each in counts.items()},
        "own_names": own_names,
        "now": clock.now(),
        "may_plan": bool(own) and TrainingState(training.state) in PLANNED_IN,
    }
    return show(request, "sessions/of_training.html", context)


# -- the form ----------------------------------------------------------------------------------------------


@router.get("/trainings/{training_id:uuid}/sessions/new")
async def new_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """The form by which a session is planned; it begins as the one before it."""
    training = await get_training(session, training_id, actor=actor, permission=_HOST)
    rows = [row for row in await queries.sessions_of(session, training_id) if row.cancelled_at is None]
    values: Values = {
        "zone": zone_to_choose(actor.time_zone),
        "languages": list(training.languages),
        "local_on": training.starts_on.isoformat() if training.starts_on else "",
    }
    if rows:
        quotas = (await queries.quotas_of(session, [rows[-1].id]))[rows[-1].id]
        values = _written(rows[-1], quotas) | {"title": "", "local_on": ""}
    return await _form(request, session, training, None, values, {})


def _written(row: Any, quotas: Mapping[UUID, int]) -> Values:
    """A session as its form shows it."""
    plain = {
        name: getattr(row, name) or "" for name in ("title", "place", "link", "zone", "minutes", "seats")
    }
    return {
        **plain,
        "zone": zone_to_choose(row.zone),
        "local_on": row.local_on.isoformat(),
        "local_at": row.local_at.strftime("%H:%M"),
        "fold": str(row.fold),
        "languages": list(row.languages),
        "release_on": row.release_on.isoformat() if row.release_on else "",
        **{f"quota-{host}": str(number) for host, number in quotas.items()},
    }


async def _form(
    request: Request, session: AsyncSession, training: Any, row: Any, values: Values, errors: Errors
) -> Response:
    context = {
        "training": training,
        "row": row,
        "hosts": (await hosts_of(session, [training.id]))[training.id],
        "zones": zones_by_region(request.state.language),
        "official": session_words.languages_to_choose(),
        "today": clock.today(),
        "values": values,
        "errors": errors,
    }
    return show(request, "sessions/edit.html", context, status=422 if errors else 200)


async def _read_form(request: Request) -> Values:
    form = await request.form()
    values: Values = await given(request)
    values["languages"] = [str(each) for each in form.getlist("languages")]
    return values


def _terms(request: Request, values: Values, errors: Errors) -> SessionTerms | None:
    """The terms that were typed; None with a line in `errors` for each field that cannot be read."""
    words = session_words.wrong_fields(request.state.language)
    on, release_on = (day_in(values, name, errors, texts(request)) for name in ("local_on", "release_on"))
    numbers = {name: _number(values.get(name)) for name in ("minutes", "seats")}
    quotas = {name: _number(value) for name, value in values.items() if name.startswith("quota-") and value}
    try:
        at = time.fromisoformat(values.get("local_at", "")).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        errors["local_at"], at = words["local_at"], time()
    for name, missing in (
        ("title", not values.get("title")),
        ("local_on", on is None),
        ("languages", not values["languages"]),
        ("minutes", not 1 <= (numbers["minutes"] or 0) <= 1440),
        ("seats", not 1 <= (numbers["seats"] or 0) <= 10_000),
    ):
        if missing:
            errors.setdefault(name, words[name])
    errors |= {name: words["quotas"] for name, number in quotas.items() if number is None}
    if errors or on is None:
        return None
    terms = SessionTerms(
        title=values["title"],
        place=values.get("place") or None,
        link=values.get("link") or None,
        local_on=on,
        local_at=at,
        zone=values.get("zone", ""),
        fold=_number(values.get("fold")),
        minutes=numbers["minutes"] or 0,
        seats=numbers["seats"] or 0,
        languages=tuple(values["languages"]),
        release_on=release_on,
        quotas={UUID(name.removeprefix("quota-")): number or 0 for name, number in quotas.items() if number},
    )
    return terms if _time_stands(request, terms, errors) else None


def _number(written: Any) -> int | None:
    text = str(written or "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _time_stands(request: Request, terms: SessionTerms, errors: Errors) -> bool:
    """Whether clocks at the place show this time, and once."""
    try:
        moment_of(terms.local_on, terms.local_at, terms.zone, terms.fold)
    except (TimeSkipped, TimeTwice) as error:
        errors |= session_words.wrong_time(error, request.state.language)
    except BadSession:
        errors["zone"] = session_words.wrong_fields(request.state.language)["zone"]
    return not errors


def _said(request: Request, error: DomainError, values: Values) -> Errors:
    """The reader's words for what the use case says of a field."""
    words = session_words.wrong_fields(request.state.language)
    if not isinstance(error, BadSession):
        return session_words.refusal(error, request.state.language)
    first = next((name for name in values if name.startswith("quota-")), "seats")
    names = [fault.pointer.split("/")[1] if fault.pointer else "" for fault in error.faults]
    return {(first if name == "quotas" else name): words.get(name, error.detail) for name in names}


@router.post("/trainings/{training_id:uuid}/sessions/new")
async def plan(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Plan it."""
    values, errors = await _read_form(request), Errors()
    training = await lock_training(session, training_id, actor=actor)
    terms = _terms(request, values, errors)
    if terms is not None:
        try:
            made = await service.plan_session(session, acting=actor, training=training, terms=terms)
        except DomainError as error:
            await roll_back(session)
            errors = _said(request, error, values)
    if errors or terms is None:
        row = await get_training(session, training_id, actor=actor, permission=_HOST)
        return await _form(request, session, row, None, values, errors)
    return redirect(request, f"/sessions/{made.id}", flash=texts(request).gettext("The session is planned."))


@router.get("/sessions/{session_id:uuid}/edit")
async def edit_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """What it is to be, as a form."""
    row = await queries.get_session(session, session_id, actor=actor, permission=_HOST)
    quotas = (await queries.quotas_of(session, [session_id]))[session_id]
    training = await get_training(session, row.training_id, actor=actor)
    values = _written(row, quotas) | {"revision": str(row.revision)}
    return await _form(request, session, training, row, values, {})


@router.post("/sessions/{session_id:uuid}/edit")
async def change(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Change or move it; who has a seat keeps it and is told."""
    values, errors = await _read_form(request), Errors()
    row = await queries.get_session(session, session_id, actor=actor, permission=_HOST)
    after = _terms(request, values, errors)
    if after is not None:
        try:
            locked = await service.lock_session(session, session_id, actor=actor)
            if values.get("revision") != str(locked[0].revision):
                raise Stale(texts(request).gettext("Somebody changed this session meanwhile. Open it again."))
            before = service.terms_of(locked[0], (await queries.quotas_of(session, [session_id]))[session_id])
            await service.change_session(session, acting=actor, locked=locked, before=before, after=after)
        except DomainError as error:
            await roll_back(session)
            errors = _said(request, error, values)
    if errors:
        training = await get_training(session, row.training_id, actor=actor)
        return await _form(request, session, training, row, values, errors)
    flash = texts(request).gettext("The session is changed. Who has a seat keeps it.")
    return redirect(request, f"/sessions/{session_id}", flash=flash)


# -- cancelled, led ----------------------------------------------------------------------------------------


@router.post("/sessions/{session_id:uuid}/cancel")
async def cancel(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """It is not held; everybody is told."""
    values = await given(request)
    locked = await service.lock_session(session, session_id, actor=actor)
    if not values.get("reason"):
        words = session_words.wrong_fields(request.state.language)["reason"]
        return redirect(request, f"/sessions/{session_id}", flash=words, kind="attention")
    await service.cancel_session(session, acting=actor, locked=locked, reason=values["reason"][:1_000])
    flash = texts(request).gettext("The session is cancelled; everybody is told.")
    return redirect(request, f"/sessions/{session_id}", flash=flash)


@router.post("/sessions/{session_id:uuid}/facilitators")
async def add_facilitator(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Name who leads it."""
    values, address = await given(request), f"/sessions/{session_id}"
    try:
        row, _ = await service.lock_session(session, session_id, actor=actor)
        await service.add_facilitator(session, acting=actor, row=row, email=values.get("person", ""))
    except DomainError as error:
        await roll_back(session)
        words = session_words.refusal(error, request.state.language)[""]
        return redirect(request, address, flash=words, kind="attention")
    return redirect(request, address, flash=texts(request).gettext("They are named and told by mail."))


@router.post("/sessions/{session_id:uuid}/facilitators/{person_id:uuid}/remove")
async def remove_facilitator(
    request: Request, session: DbSession, session_id: UUID, person_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Somebody does not lead it after all."""
    row, _ = await service.lock_session(session, session_id, actor=actor)
    await service.remove_facilitator(session, acting=actor, row=row, person_id=person_id)
    flash = texts(request).gettext("They do not lead it any more.")
    return redirect(request, f"/sessions/{session_id}", flash=flash)
