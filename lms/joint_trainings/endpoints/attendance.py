"""HTTP of attendance: the code, checking in, the list, signing, correcting, and what one has attended."""

from uuid import UUID

from fastapi import APIRouter, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.attendance import WrongCode
from lms.joint_trainings.queries import attendance as queries
from lms.joint_trainings.schemas.attendance import (
    AttendanceRead,
    AttendedRead,
    CheckedIn,
    CheckIn,
    CodeRead,
    CorrectionCreate,
    MarkAnswer,
    MarksAnswer,
    MarksCreate,
    SignatureCreate,
    attendance_read,
    attended_read,
    code_read,
)
from lms.joint_trainings.service import attendance, checkin, signoff
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, problem
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["attendance"])
_SELF, _HOST = Permission.SELF, Permission.TRAININGS_HOST


@router.get("/sessions/{session_id}/code")
async def read_code(session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)) -> CodeRead:
    """The code by which people check in now, for who facilitates the session."""
    row = await queries.find_session(session, session_id)
    return code_read(await checkin.shown_code(session, row, actor=actor))


@router.post("/sessions/{session_id}/check-in")
async def check_in(
    session_id: UUID, given: CheckIn, request: Request, session: DbSession, actor: Actor = permit(_SELF)
) -> CheckedIn:
    """Say that one is there. Twice is once; wrong codes are counted, and too many have to wait."""
    try:
        minutes = await checkin.check_in(session, acting=actor, session_id=session_id, code=given.code)
    except WrongCode as error:
        # Answered and not raised, which would take the count of wrong ones back.
        await checkin.count_wrong_code(session, acting=actor, session_id=session_id)
        return problem(request, error)  # type: ignore[return-value] # FastAPI hands a response on as it is
    return CheckedIn(minutes=minutes)


@router.get("/sessions/{session_id}/attendance")
async def read_attendance(
    session_id: UUID, session: DbSession, actor: Actor = permit(_SELF)
) -> AttendanceRead:
    """Who was there: all for the entities' facilitators, a host's own people for it and its facilitators."""
    return await _answer(session, session_id, actor)


async def _answer(session: AsyncSession, session_id: UUID, actor: Actor) -> AttendanceRead:
    row = await queries.find_session(session, session_id)
    reach = await queries.reach_of(session, row, actor=actor)
    sheets = await signoff.sheets_of(session, row, reach, of=[each.id for each in reach.hosts])
    return attendance_read(row, reach, sheets)


@router.post("/sessions/{session_id}/attendance/marks")
async def mark(
    session_id: UUID, new: MarksCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> MarksAnswer:
    """Take marks, each answered by itself; sent again they are answered as before."""
    marks = [each.mark() for each in new.marks]
    answers = await attendance.mark(session, acting=actor, session_id=session_id, new=marks)
    return MarksAnswer(
        results=[
            MarkAnswer(client_id=each.client_id, is_taken=each.is_taken, why=each.why, detail=each.sentence)
            for each in answers
        ]
    )


@router.post("/sessions/{session_id}/attendance/corrections")
async def correct(
    session_id: UUID, new: CorrectionCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> AttendanceRead:
    """Correct what the host has signed; it stands until it is signed again."""
    await attendance.correct(
        session,
        acting=actor,
        session_id=session_id,
        person_id=new.person,
        minutes=new.minutes,
        reason=new.reason,
    )
    return await _answer(session, session_id, actor)


@router.post("/sessions/{session_id}/attendance/signatures", status_code=status.HTTP_201_CREATED)
async def sign(
    session_id: UUID, new: SignatureCreate, session: DbSession, actor: Actor = permit(_HOST)
) -> AttendanceRead:
    """Sign for a host who of its people was there and how long; completions follow. Twice is once."""
    await signoff.sign(session, acting=actor, session_id=session_id, host_id=new.host, digest=new.digest)
    return await _answer(session, session_id, actor)


@router.get("/attendance")
async def list_attended(
    session: DbSession, turn: PageTurn, actor: Actor = permit(_SELF)
) -> Page[AttendedRead]:
    """Joint trainings that one has attended, the latest recorded first."""
    filters = {"list": "attendance"}
    after = turn.after(filters, (UUID,))
    rows = await queries.attended_by(session, actor.person_id, after=after, limit=turn.wanted)
    return turn.page(rows, filters, key=lambda row: [row.id], read=attended_read)
