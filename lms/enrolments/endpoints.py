"""HTTP of enrolments: enrol, read, answer, hand in, assess."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile, status
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile as SentFile

from lms.adapters.storage import Storage, StoredFile
from lms.catalogue.domain import Edition, PageText
from lms.catalogue.markdown import render
from lms.catalogue.queries import get_edition, get_editions
from lms.enrolments import queries, service
from lms.enrolments.domain.drawing import serve
from lms.enrolments.domain.states import (
    ActivityState,
    SubmissionNotFound,
    SubmissionState,
    WrongActivityKind,
    share_done,
    state_of,
)
from lms.enrolments.schemas import (
    Assessment,
    AssessmentRead,
    AttemptRead,
    CriterionRead,
    EnrolmentCreate,
    EnrolmentRead,
    OutcomeRead,
    PageRead,
    ProgressRead,
    ProgressUpdate,
    QuestionRead,
    Responses,
    SubmissionRead,
    WorkToAssess,
    WorkWithRubric,
    enrolment_read,
    submission_read,
)
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit
from lms.people.schemas import PersonRef

router = APIRouter(route_class=StrictRoute, tags=["learning"])


@router.post("/enrolments", status_code=status.HTTP_201_CREATED)
async def enrol(
    new: EnrolmentCreate, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> EnrolmentRead:
    """Enrol in a course, on the version that is current now; a supervisor may enrol a team member."""
    enrolment_id = await service.enrol(
        session,
        acting=actor,
        course=new.course,
        language=new.language,
        person_id=new.person,
        due_on=new.due_on,
    )
    row = await queries.get_enrolment(session, enrolment_id)
    return enrolment_read(row, await get_edition(session, row.course_version_id))


@router.get("/enrolments")
async def list_enrolments(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.SELF)
) -> Page[EnrolmentRead]:
    """One's own enrolments, latest first."""
    filters = {"list": "enrolments"}
    after = turn.after(filters, (UUID,))
    rows = await queries.list_own_enrolments(session, actor=actor, after=after, limit=turn.wanted)
    editions = await get_editions(session, [row.course_version_id for row in rows])

    def read(row: Any) -> EnrolmentRead:
        return enrolment_read(row, editions[row.course_version_id])

    return turn.page(rows, filters, key=lambda row: [row.id], read=read)


@router.get("/enrolments/{enrolment_id}")
async def read_enrolment(
    enrolment_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> EnrolmentRead:
    """One of one's own enrolments, with the state of every activity."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=actor)
    return enrolment_read(row, await get_edition(session, row.course_version_id))


@router.post("/enrolments/{enrolment_id}/withdraw")
async def withdraw(
    enrolment_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> EnrolmentRead:
    """Leave a course; what was done stays on record, and one may enrol anew."""
    await service.withdraw(session, acting=actor, enrolment_id=enrolment_id)
    row = await queries.get_own_enrolment(session, enrolment_id, actor=actor)
    return enrolment_read(row, await get_edition(session, row.course_version_id))


@router.get("/enrolments/{enrolment_id}/activities/{key}")
async def read_page(
    enrolment_id: UUID, key: str, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PageRead:
    """The words of a page of one's own course, in the enrolment's language."""
    row = await queries.get_own_enrolment(session, enrolment_id, actor=actor)
    edition = await get_edition(session, row.course_version_id)
    service.find_activity(edition, key)
    text = edition.activity_text(key, row.language)
    if not isinstance(text, PageText):
        raise WrongActivityKind("A quiz is served by an attempt, a piece of work by its brief.")
    return PageRead(
        key=key,
        kind=text.kind,
        title=text.title,
        language=row.language,
        markdown=text.body,
        html=render(text.body, edition.course.sources),
        outdated=text.outdated,
    )


@router.put("/enrolments/{enrolment_id}/activities/{key}/progress")
async def put_progress(
    enrolment_id: UUID,
    key: str,
    change: ProgressUpdate,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
) -> ProgressRead:
    """Mark a page as begun or read. It only moves forward; the last required one completes the course."""
    moved = await service.complete_page(
        session, acting=actor, enrolment_id=enrolment_id, activity=key, state=ActivityState(change.state)
    )
    return ProgressRead(
        activity=key,
        state=state_of(moved.progress, key).value,
        progress=round(share_done(moved.course, moved.progress), 4),
        enrolment_state=moved.state,
    )


@router.post("/enrolments/{enrolment_id}/activities/{key}/attempts", status_code=status.HTTP_201_CREATED)
async def start_attempt(
    enrolment_id: UUID, key: str, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> AttemptRead:
    """Begin a try at a quiz, or get the open one again; the questions come without their answers."""
    attempt_id = await service.start_attempt(session, acting=actor, enrolment_id=enrolment_id, activity=key)
    return await _attempt(session, attempt_id, actor)


@router.get("/attempts/{attempt_id}")
async def read_attempt(
    attempt_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> AttemptRead:
    """One of one's own attempts, with the answers saved so far."""
    return await _attempt(session, attempt_id, actor)


async def _attempt(session: DbSession, attempt_id: UUID, actor: Actor) -> AttemptRead:
    attempt = await queries.get_own_attempt(session, attempt_id, actor=actor)
    edition = await get_edition(session, attempt.course_version_id)
    asked = service.questions_of(attempt, edition)
    return AttemptRead(
        id=attempt.id,
        activity=attempt.activity,
        number=attempt.number,
        started_at=attempt.started_at,
        due_at=attempt.due_at,
        submitted_at=attempt.submitted_at,
        responses=attempt.responses,
        questions=[QuestionRead(**serve(question, attempt.drawn[question.id])) for question in asked],
    )


@router.put("/attempts/{attempt_id}/responses", status_code=status.HTTP_204_NO_CONTENT)
async def save_responses(
    attempt_id: UUID, given: Responses, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> Response:
    """Keep answers of an open attempt without handing them in."""
    await service.save_responses(session, acting=actor, attempt_id=attempt_id, responses=given.responses)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/attempts/{attempt_id}/submit")
async def submit_attempt(
    attempt_id: UUID, given: Responses, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> OutcomeRead:
    """Hand in an attempt; handed in twice, the second answer is the first one's."""
    outcome = await service.submit_attempt(
        session, acting=actor, attempt_id=attempt_id, responses=given.responses
    )
    return OutcomeRead.model_validate(
        {
            "id": outcome.attempt_id,
            "score": outcome.score,
            "passed": outcome.passed,
            "feedback": outcome.feedback,
        }
    )


@router.post("/enrolments/{enrolment_id}/activities/{key}/submissions", status_code=status.HTTP_201_CREATED)
async def submit_work(
    request: Request,
    enrolment_id: UUID,
    key: str,
    session: DbSession,
    actor: Actor = permit(Permission.SELF),
    words: Annotated[str | None, Form(max_length=100_000)] = None,
    file: Annotated[UploadFile | None, File()] = None,
) -> SubmissionRead:
    """Hand in a piece of work: words, a file, or both."""
    kept = await keep_upload(request, file)
    try:
        submission_id = await service.submit_work(
            session, acting=actor, enrolment_id=enrolment_id, activity=key, words=words, file=kept
        )
    except DomainError:
        if kept is not None:  # nothing will ever name it
            request.app.state.storage.path(kept.key).unlink(missing_ok=True)
        raise
    rows = await queries.submissions_of(session, enrolment_id, key)
    return submission_read(next(row for row in rows if row.id == submission_id))


async def keep_upload(request: Request, file: SentFile | None) -> StoredFile | None:
    """Put an uploaded file in storage; None when there is none."""
    if file is None or not file.filename:
        return None
    storage: Storage = request.app.state.storage
    limit: int = request.app.state.settings.upload_limit_mb * 2**20

    async def chunks() -> Any:
        while chunk := await file.read(1 << 16):
            yield chunk

    return await storage.keep(file.filename, chunks(), limit=limit)


@router.get("/submissions/{submission_id}/file", response_class=FileResponse)
async def read_submission_file(
    request: Request, submission_id: UUID, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> FileResponse:
    """The file of a piece of work, for its learner and those who may assess it; always as a download."""
    row = await queries.get_submission_file(session, submission_id, actor=actor)
    storage: Storage = request.app.state.storage
    path = storage.path(row.file_key)
    if not path.is_file():
        raise SubmissionNotFound("The file of this piece of work is no longer kept.")
    return FileResponse(
        path,
        media_type=row.file_type,
        filename=row.file_name,
        headers={"X-Content-Type-Options": "nosniff"},
    )


@router.get("/submissions")
async def list_work(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.WORK_ASSESS),
    state: SubmissionState = SubmissionState.SUBMITTED,
) -> Page[WorkToAssess]:
    """Work of one's entities that waits for an assessor, the longest waiting first."""
    filters = {"list": "submissions", "state": state}
    after = turn.after(filters, (UUID,))
    rows = await queries.list_submissions_to_assess(
        session, actor=actor, state=state, after=after, limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.id], read=_work)


def _work(row: Any) -> WorkToAssess:
    person = PersonRef(id=row.person_id, name=row.person_name)
    return WorkToAssess(**submission_read(row).model_dump(), person=person, course=row.course)


@router.get("/submissions/{submission_id}")
async def read_work(
    submission_id: UUID, session: DbSession, actor: Actor = permit(Permission.WORK_ASSESS)
) -> WorkWithRubric:
    """A piece of work to assess, with its brief and rubric."""
    row = await queries.get_submission_to_assess(session, submission_id, actor=actor)
    edition = await get_edition(session, row.course_version_id)
    return _with_rubric(row, edition)


def _with_rubric(row: Any, edition: Edition) -> WorkWithRubric:
    brief = edition.assignment(row.activity, edition.language_for(row.language))
    criteria = [
        CriterionRead(id=each.id, prompt=each.prompt, levels=list(each.levels)) for each in brief.criteria
    ]
    return WorkWithRubric(**_work(row).model_dump(), title=brief.title, brief=brief.brief, criteria=criteria)


@router.post("/submissions/{submission_id}/assessment")
async def assess(
    submission_id: UUID,
    given: Assessment,
    session: DbSession,
    actor: Actor = permit(Permission.WORK_ASSESS),
) -> AssessmentRead:
    """Assess a piece of work against its rubric; passed work becomes skill records."""
    passed = await service.assess_work(
        session, acting=actor, submission_id=submission_id, points=given.points, comment=given.comment
    )
    return AssessmentRead(id=submission_id, passed=passed)
