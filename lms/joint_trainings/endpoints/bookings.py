"""HTTP of bookings: one's own, and those of people of the hosts for which one acts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.bookings import BookingPolicy, BookingState
from lms.joint_trainings.queries import bookings as queries
from lms.joint_trainings.schemas.bookings import (
    BookingCreate,
    BookingImportRead,
    BookingRead,
    OutcomeRead,
    OwnBookingCreate,
    booking_read,
    made_read,
)
from lms.joint_trainings.service import booking_import, bookings, invited
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import TooLarge
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn, count_part
from lms.people.import_endpoints import DryRun, WrongContent
from lms.people.permits import permit
from lms.settings import Settings

router = APIRouter(route_class=StrictRoute, tags=["joint trainings"])
_READ, _HOST, _SELF = Permission.TRAININGS_READ, Permission.TRAININGS_HOST, Permission.SELF
_EXAMPLE = "email,name\namina.diallo@baobab.example,Amina Diallo\n"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "UTF-8, 500 addresses at most; the first line names the columns `email` and, if you like, "
        "`name`.",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


def policy_of(request: Request) -> BookingPolicy:
    """What the settings say of seats given back late and left empty."""
    settings: Settings = request.app.state.settings
    return BookingPolicy(
        late_hours=settings.booking_late_hours,
        no_shows=settings.booking_no_shows,
        open_hours=settings.booking_open_hours,
    )


async def live(session: AsyncSession, actor: Actor, session_id: UUID) -> BookingRead:
    """The reader's own booking of a session."""
    return booking_read((await queries.live_bookings_of(session, actor.person_id, [session_id]))[session_id])


@router.get("/me/bookings")
async def list_own(session: DbSession, turn: PageTurn, actor: Actor = permit(_SELF)) -> Page[BookingRead]:
    """One's own bookings, the one made last first."""
    filters = {"list": "own-bookings"}
    rows = await queries.bookings_of(
        session, actor.person_id, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=booking_read)


@router.post("/me/bookings", status_code=status.HTTP_201_CREATED)
async def book(
    new: OwnBookingCreate, request: Request, session: DbSession, actor: Actor = permit(_SELF)
) -> BookingRead:
    """Book a session for oneself, with all that are attended together: seated, or waiting in order. Twice is once."""
    booked, asked = await bookings.book(
        session, acting=actor, session_id=new.session, policy=policy_of(request)
    )
    made = next((each for each in booked.made if each["session_id"] == new.session), None)
    return made_read(made, asked, actor) if made else await live(session, actor, new.session)


@router.get("/bookings")
async def list_bookings(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_READ),
    of_session: Annotated[UUID | None, Query(alias="session", description="Id of a session.")] = None,
    state: BookingState | None = None,
) -> Page[BookingRead]:
    """Bookings of people of one's hosts, by session and in order; others are counted in the session only."""
    filters = {"list": "bookings", "session": of_session, "state": state}
    rows = await queries.list_bookings(
        session,
        actor=actor,
        session_id=of_session,
        state=state,
        after=turn.after(filters, (UUID, count_part)),
        limit=turn.wanted,
    )
    return turn.page(rows, filters, key=lambda row: [row.session_id, row.number], read=booking_read)


@router.get("/bookings/{booking_id}")
async def read_booking(booking_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> BookingRead:
    """One booking: one's own, or of somebody of a host for which one acts."""
    return booking_read(await queries.get_booking(session, booking_id, actor=actor))


@router.post("/bookings/{booking_id}/cancellation")
async def cancel(
    booking_id: UUID, request: Request, session: DbSession, actor: Actor = permit(_SELF)
) -> BookingRead:
    """Give the seat back, or leave the line; whoever waits moves up. Twice is once."""
    await bookings.cancel(session, acting=actor, booking_id=booking_id, policy=policy_of(request))
    return booking_read(await queries.get_booking(session, booking_id, actor=actor))


@router.post("/sessions/{session_id}/bookings", status_code=status.HTTP_201_CREATED)
async def book_for(
    session_id: UUID,
    new: BookingCreate,
    request: Request,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> OutcomeRead:
    """Book somebody of one's host by e-mail; whom a partner does not know yet is invited, and a seat is held."""
    booked = await invited.book_or_invite(
        session,
        acting=actor,
        session_id=session_id,
        email=new.person,
        name=new.name,
        language=new.language,
        days=request.app.state.settings.invitation_days,
        policy=policy_of(request),
    )
    return OutcomeRead.model_validate(booking_import.outcome_of(1, new.person, booked))


@router.post("/sessions/{session_id}/booking-imports", openapi_extra=_BODY)
async def import_bookings(
    session_id: UUID,
    request: Request,
    session: DbSession,
    actor: Actor = permit(_HOST),
    dry_run: DryRun = False,
) -> BookingImportRead:
    """Book a list of addresses, each line for itself; the answer says what became of each."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
        raise WrongContent("Send text/csv.")
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > booking_import.MOST_BYTES:
            raise TooLarge()
    results = await booking_import.import_bookings(
        session,
        acting=actor,
        session_id=session_id,
        lines=booking_import.lines_of(bytes(content)),
        dry_run=dry_run,
        days=request.app.state.settings.invitation_days,
        policy=policy_of(request),
    )
    return BookingImportRead(dry_run=dry_run, results=[OutcomeRead.model_validate(each) for each in results])
