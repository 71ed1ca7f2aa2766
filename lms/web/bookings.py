"""Pages of seats: what one can book and has booked, one session, and a host's bookings for its own people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BadImport, BookingState, host_of
from lms.joint_trainings.domain.seats import Quotas, left_for
from lms.joint_trainings.domain.sessions import local_day
from lms.joint_trainings.domain.states import OPEN_STATES, TrainingState
from lms.joint_trainings.endpoints.bookings import policy_of
from lms.joint_trainings.queries import bookings as queries
from lms.joint_trainings.queries import sessions as session_queries
from lms.joint_trainings.queries.attendance import facilitated_by
from lms.joint_trainings.queries.signing import waiting_for_signature
from lms.joint_trainings.queries.trainings import acts_for, hosts_of, own_hosts
from lms.joint_trainings.service import booking_import, bookings, invited
from lms.joint_trainings.service import sessions as session_service
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.web import session_words
from lms.web.course_view import own_names
from lms.web.given import Errors, Values, given, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
MOST = 200
_SELF, _READ, _HOST = Permission.SELF, Permission.TRAININGS_READ, Permission.TRAININGS_HOST


@dataclass(frozen=True, slots=True)
class Seats:
    """How a session's seats stand for one reader. `left`: for people of their host, None where no host is theirs."""

    taken: int
    waiting: int
    left: int | None


async def seats_for(session: AsyncSession, rows: Sequence[Any], actor: Actor) -> dict[UUID, Seats]:
    """Seats of sessions as one reader may book them."""
    ids, trainings = [row.id for row in rows], [row.training_id for row in rows]
    counts, quotas = (
        (await session_queries.counts_of(session, ids)),
        await session_queries.quotas_of(session, ids),
    )
    hosts, belonging = (
        await hosts_of(session, trainings),
        await queries.belonging_of(session, actor.person_id),
    )
    found = {}
    for row in rows:
        host = host_of(hosts[row.training_id], belonging)
        taken = {key: each[0] for key, each in counts[row.id].items()}
        waiting = sum(each[1] for each in counts[row.id].values())
        of = Quotas(row.seats, quotas[row.id], row.release_on)
        today = local_day(clock.now(), row.zone)
        left = left_for(of, taken, host.id, today) if host else None
        found[row.id] = Seats(sum(taken.values()), waiting, left)
    return found


@router.get("/sessions")
async def list_page(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """What one has booked and leads, and what is open to book."""
    rows = await session_queries.list_sessions(session, actor=actor, since=clock.now(), limit=MOST)
    own = await queries.live_bookings_of(session, actor.person_id, [row.id for row in rows])
    leads = await session_queries.facilitators_of(session, [row.id for row in rows])
    led = {key for key, each in leads.items() if any(one.person_id == actor.person_id for one in each)}
    waiting = [each.id for each in own.values() if each.state == BookingState.WAITLISTED]
    context = {
        "mine": [row for row in rows if row.id in own or row.id in led],
        "others": [row for row in rows if row.id not in own and row.id not in led and not row.cancelled_at],
        "own": own,
        "led": led,
        "seats": await seats_for(session, rows, actor),
        "before": await queries.places_in_line(session, waiting) if waiting else {},
        "states": session_words.booking_states(request.state.language),
        "own_names": own_names,
        "hosts_any": actor.may(_READ),
        **await _ways_from_here(session, actor),
    }
    return show(request, "sessions/list.html", context)


async def _ways_from_here(session: AsyncSession, actor: Actor) -> dict[str, bool]:
    """Which pages of joint trainings wait for one who has no other way to them."""
    since = clock.now() - timedelta(days=30)
    return {
        "leads_any": bool(await facilitated_by(session, actor.person_id, since=since)),
        "signs_any": bool(await waiting_for_signature(session, actor=actor)),
    }


@router.get("/sessions/{session_id:uuid}")
async def session_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """One session: when, where, who leads it, and one's own booking."""
    row = await session_queries.get_session(session, session_id, actor=actor)
    own = (await queries.live_bookings_of(session, actor.person_id, [session_id])).get(session_id)
    leads = (await session_queries.facilitators_of(session, [session_id]))[session_id]
    inside = await own_hosts(session, row.training_id, actor=actor, permission=_READ)
    acting = [host for host in inside if acts_for(actor, host, _HOST)]
    mine = next((each for each in leads if each.person_id == actor.person_id), None)
    seats = (await seats_for(session, [row], actor))[session_id]
    counts = (await session_queries.counts_of(session, [session_id]))[session_id]
    is_to_come = row.cancelled_at is None and row.starts_at > clock.now()
    together = await session_queries.sessions_of(session, row.training_id) if row.every_session else []
    before = await queries.places_in_line(session, [own.id]) if own else {}
    context = {
        "row": row,
        "own": own,
        "before": before.get(own.id, 0) if own else 0,
        "seats": seats,
        "leads": leads,
        "mine": mine,
        "inside": inside,
        "acting": [host.id for host in acting],
        "leads_training": any(host.is_lead for host in acting),
        "by_host": (await hosts_of(session, [row.training_id]))[row.training_id],
        "counts": counts,
        "quotas": (await session_queries.quotas_of(session, [session_id]))[session_id],
        "tell_link": bool(inside or mine or (own and own.state == BookingState.SEATED)),
        "may_book": own is None
        and mine is None
        and is_to_come
        and seats.left is not None
        and TrainingState(row.training_state) in OPEN_STATES,
        "is_to_come": is_to_come,
        "together": [each for each in together if each.cancelled_at is None],
        "late_hours": policy_of(request).late_hours,
        "states": session_words.booking_states(request.state.language),
        "own_names": own_names,
        "now": clock.now(),
    }
    return show(request, "sessions/session.html", context)


@router.post("/sessions/{session_id:uuid}/book")
async def book(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Book it for oneself. Sent twice it is once."""
    address, _ = f"/sessions/{session_id}", texts(request).gettext
    try:
        made, _asked = await bookings.book(
            session, acting=actor, session_id=session_id, policy=policy_of(request)
        )
    except DomainError as error:
        if error.status == 404:
            raise
        await roll_back(session)
        words = session_words.refusal(error, request.state.language)[""]
        return redirect(request, address, flash=words, kind="attention")
    if made.state is BookingState.SEATED:
        flash = _("You have a seat. An invitation for your calendar is on its way.")
    else:
        flash = _("You are on the waitlist. You get a mail as soon as a seat is free for you.")
    return redirect(request, address, flash=flash)


@router.post("/bookings/{booking_id:uuid}/cancel")
async def give_back(
    request: Request, session: DbSession, booking_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Give a seat back, one's own or that of one's host's person."""
    row = await queries.get_booking(session, booking_id, actor=actor, permission=_HOST)
    is_own = row.person_id == actor.person_id
    address = f"/sessions/{row.session_id}" + ("" if is_own else "/bookings")
    try:
        await bookings.cancel(session, acting=actor, booking_id=booking_id, policy=policy_of(request))
    except DomainError as error:
        await roll_back(session)
        words = session_words.refusal(error, request.state.language)[""]
        return redirect(request, address, flash=words, kind="attention")
    return redirect(
        request, address, flash=texts(request).gettext("The seat is given back; who waits moves up.")
    )


@router.post("/sessions/{session_id:uuid}/consent")
async def consent(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Who leads a session says whether those who take part read their name."""
    may = (await given(request)).get("may_be_named") == "yes"
    await session_service.consent_to_be_named(session, acting=actor, session_id=session_id, may_be_named=may)
    return redirect(request, f"/sessions/{session_id}", flash=texts(request).gettext("Your choice is kept."))


# -- a host's own people -----------------------------------------------------------------------------------


@router.get("/sessions/{session_id:uuid}/bookings")
async def bookings_page(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Bookings of the people of the hosts for which one acts; others are counted."""
    return await _bookings(request, session, session_id, actor, {}, {})


async def _bookings(
    request: Request,
    session: AsyncSession,
    session_id: UUID,
    actor: Actor,
    values: Values,
    errors: Errors,
    results: Sequence[booking_import.Outcome] = (),
    *,
    is_dry: bool = False,
) -> Response:
    row = await session_queries.get_session(session, session_id, actor=actor, permission=_HOST)
    own = await own_hosts(session, row.training_id, actor=actor)
    counts = (await session_queries.counts_of(session, [session_id]))[session_id]
    quotas = (await session_queries.quotas_of(session, [session_id]))[session_id]
    taken = {key: each[0] for key, each in counts.items()}
    today = local_day(clock.now(), row.zone)
    of = Quotas(row.seats, quotas, row.release_on)
    is_open = row.cancelled_at is None and row.starts_at > clock.now()
    context = {
        "row": row,
        "hosts": own,
        "left": {host.id: left_for(of, taken, host.id, today) for host in own},
        "quotas": quotas,
        "counts": counts,
        "rows": await queries.list_bookings(
            session, actor=actor, session_id=session_id, state=None, after=None, limit=MOST
        ),
        "states": session_words.states_of_others(request.state.language),
        "invites": any(host.partner_id for host in own),
        "is_open": is_open and TrainingState(row.training_state) in OPEN_STATES,
        "official": session_words.languages_to_choose(),
        "values": {"language": request.state.language} | values,
        "errors": errors,
        "results": results,
        "is_dry": is_dry,
        "outcomes": session_words.outcomes(request.state.language),
        "problems": session_words.problems(request.state.language),
    }
    return show(request, "sessions/bookings.html", context, status=422 if errors else 200)


@router.post("/sessions/{session_id:uuid}/bookings")
async def book_for(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Book somebody by e-mail, or invite them."""
    values = await given(request)
    try:
        made = await invited.book_or_invite(
            session,
            acting=actor,
            session_id=session_id,
            email=values.get("person", ""),
            name=values.get("name", "")[:200] or None,
            language=values.get("language") or request.state.language,
            days=request.app.state.settings.invitation_days,
            policy=policy_of(request),
        )
    except DomainError as error:
        if error.status == 404:
            raise
        await roll_back(session)
        words = session_words.problems(request.state.language)
        said = words.get("invalid" if error.type == "invalid" else error.type, error.detail)
        return await _bookings(request, session, session_id, actor, values, {"person": said})
    said = session_words.outcomes(request.state.language)[
        booking_import.outcome_of(1, values["person"], made).outcome
    ]
    return redirect(request, f"/sessions/{session_id}/bookings", flash=f"{values['person']}: {said}")


@router.post("/sessions/{session_id:uuid}/bookings/import")
async def take_in(
    request: Request, session: DbSession, session_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Check or book a list of addresses; what became of each stands on the page."""
    values = await given(request)
    is_dry = values.get("act") != "book"
    try:
        results = await booking_import.import_bookings(
            session,
            acting=actor,
            session_id=session_id,
            lines=booking_import.lines_of(values.get("addresses", "").encode()),
            dry_run=is_dry,
            days=request.app.state.settings.invitation_days,
            policy=policy_of(request),
        )
    except BadImport:
        await roll_back(session)
        said = texts(request).gettext(
            "Write one address a line, 500 at most; a name may follow after a comma."
        )
        return await _bookings(request, session, session_id, actor, values, {"addresses": said})
    return await _bookings(
        request, session, session_id, actor, values if is_dry else {}, {}, results, is_dry=is_dry
    )
