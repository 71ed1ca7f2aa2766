"""HTTP of a training's lesson: written by its hosts, approved, handed in, reviewed, withdrawn, translated."""

from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.lessons import Draft, words_from
from lms.joint_trainings.models.lessons import Lesson
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.trainings import lock_training
from lms.joint_trainings.schemas.lessons import (
    ApprovalCreate,
    LessonDraftRead,
    LessonUpdate,
    ReviewCreate,
    WaitingRead,
    WithdrawalCreate,
    draft_read,
)
from lms.joint_trainings.service import lessons as service
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["lessons"])
_SELF, _REVIEW = Permission.SELF, Permission.LESSONS_REVIEW
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
_LESSON = "/joint-trainings/{training_id}/lesson"


@router.get(_LESSON, responses={200: ETAG})
async def read_lesson_of_training(
    training_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_READ)
) -> LessonDraftRead:
    """The lesson as it is being written, whom it names, and what became of the texts that were handed in."""
    return await answer(session, training_id, actor, response, _READ)


async def answer(
    session: AsyncSession, training_id: UUID, actor: Actor, response: Response, permission: Permission
) -> LessonDraftRead:
    """The lesson as it stands now, with its ETag."""
    await session.flush()
    row = await queries.get_lesson(session, training_id, actor=actor, permission=permission)
    response.headers["ETag"] = etag(row.revision)
    its_hosts = await queries.hosts_seen(session, training_id)
    reads_private = queries.reads_private_part(actor, its_hosts)
    words, is_inside = words_from(row.draft), bool(actor.paths(permission))
    names = await service.check_names(session, training_id, row.id, row.language, words)
    return draft_read(
        row,
        words,
        names if is_inside else names.for_partners(),
        private_part=row.private_part if reads_private else None,
        authors=await queries.authors_of(session, row.id),
        texts=await queries.texts_by_hand(session, row.id),
        reviews=await queries.reviews_of(session, row.id),
        tell_who=is_inside,
    )


async def matched(
    session: AsyncSession, request: Request, training_id: UUID, actor: Actor, *permissions: Permission
) -> Lesson:
    """The lesson, locked, as the caller has seen it."""
    lesson = await queries.lock_lesson(session, training_id, actor=actor, permissions=permissions)
    require_match(request, lesson.revision)
    return lesson


@router.post(_LESSON, status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def begin_lesson(
    training_id: UUID,
    new: LessonUpdate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> LessonDraftRead:
    """Begin the lesson of a training that runs or is closed; what it is about is carried over from there."""
    training = await lock_training(session, training_id, actor=actor)
    empty = Draft(
        training.language, words_from({}), "", tuple(training.competencies), tuple(training.focuses)
    )
    await service.begin(session, acting=actor, training=training, draft=new.onto(empty))
    return await answer(session, training_id, actor, response, _HOST)


@router.patch(_LESSON, responses={200: ETAG}, openapi_extra=IF_MATCH)
async def change_lesson(
    training_id: UUID,
    change: LessonUpdate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> LessonDraftRead:
    """Write on. A text that waits for its review is taken back by it; what is published stays until another is."""
    lesson = await matched(session, request, training_id, actor, _HOST)
    await service.change(session, acting=actor, lesson=lesson, draft=change.onto(service.draft_of(lesson)))
    return await answer(session, training_id, actor, response, _HOST)


@router.post(f"{_LESSON}/approvals", status_code=status.HTTP_201_CREATED, responses={201: ETAG})
async def approve_names(
    training_id: UUID,
    new: ApprovalCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> LessonDraftRead:
    """Let exactly this text, or translation, name the hosts for which one acts. Twice is once."""
    lesson = await queries.lock_lesson(session, training_id, actor=actor)
    await service.approve(session, acting=actor, lesson=lesson, digest=new.digest)
    return await answer(session, training_id, actor, response, _HOST)


@router.post(f"{_LESSON}/submission", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def submit_lesson(
    training_id: UUID,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_HOST),
) -> LessonDraftRead:
    """Hand it in once the training is closed. Persons, and partners that do not host, may not be named."""
    lesson = await matched(session, request, training_id, actor, _HOST)
    await service.submit(session, acting=actor, lesson=lesson)
    return await answer(session, training_id, actor, response, _HOST)


@router.post(f"{_LESSON}/withdrawal", responses={200: ETAG})
async def withdraw_lesson(
    training_id: UUID,
    new: WithdrawalCreate,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_SELF),
) -> LessonDraftRead:
    """Take it out of the library. Its address stays and says when and why. Twice is once."""
    lesson = await queries.lock_lesson(session, training_id, actor=actor, permissions=(_HOST, _REVIEW))
    await service.withdraw(session, acting=actor, lesson=lesson, because=new.because)
    return await answer(session, training_id, actor, response, await _as(session, training_id, actor))


async def _as(session: AsyncSession, training_id: UUID, actor: Actor) -> Permission:
    """By which right the actor reads the lesson: of a host, or who reviews."""
    found = await queries.find_lesson(session, training_id, actor=actor, permission=_READ)
    return _REVIEW if found is None else _READ


# -- reviews -----------------------------------------------------------------------------------------------


@router.get("/lesson-reviews")
async def list_waiting_lessons(
    session: DbSession, turn: PageTurn, actor: Actor = permit(_REVIEW)
) -> Page[WaitingRead]:
    """Lessons that wait for a review by somebody other than their authors, the one handed in first."""
    filters = {"list": "lesson-reviews"}
    rows = await queries.waiting_for(
        session, actor=actor, after=turn.after(filters, (UUID,)), limit=turn.wanted
    )
    return turn.page(rows, filters, key=lambda row: [row.text_id], read=WaitingRead.model_validate)


@router.get("/lesson-reviews/{training_id}", responses={200: ETAG})
async def read_lesson_to_review(
    training_id: UUID, response: Response, session: DbSession, actor: Actor = permit(_REVIEW)
) -> LessonDraftRead:
    """The lesson of a training as its reviewer sees it."""
    return await answer(session, training_id, actor, response, _REVIEW)


@router.post(
    "/lesson-reviews/{training_id}",
    status_code=status.HTTP_201_CREATED,
    responses={201: ETAG},
    openapi_extra=IF_MATCH,
)
async def review_lesson(
    training_id: UUID,
    new: ReviewCreate,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(_REVIEW),
) -> LessonDraftRead:
    """Return it with words, keep it for its hosts, or publish it; who wrote any of it does not."""
    lesson = await matched(session, request, training_id, actor, _REVIEW)
    await service.review(session, acting=actor, lesson=lesson, outcome=new.outcome, words=new.words)
    return await answer(session, training_id, actor, response, _REVIEW)
