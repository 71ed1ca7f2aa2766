"""HTTP of the library of lessons: found, read, translated."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Taxonomy, UnknownTag
from lms.catalogue.queries import get_course, get_editions, get_taxonomy
from lms.joint_trainings.domain.lessons import HostKind
from lms.joint_trainings.models.lessons import Lesson
from lms.joint_trainings.queries import lesson_library as library
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.lesson_library import LessonFilters
from lms.joint_trainings.schemas.lessons import (
    LessonRead,
    LessonRow,
    TextRead,
    TranslationCreate,
    TranslationReviewCreate,
    lesson_read,
    lesson_row,
)
from lms.joint_trainings.service import lesson_translations as service
from lms.kernel.access import Actor, Permission
from lms.kernel.http import Day, DbSession, StrictRoute
from lms.kernel.i18n import search_words
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_schemas import PageLanguage
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["lessons"])
_SELF, _HOST, _REVIEW = Permission.SELF, Permission.TRAININGS_HOST, Permission.LESSONS_REVIEW
OfKey = Annotated[str | None, Query(max_length=100)]


async def narrowed(
    session: AsyncSession,
    *,
    q: str | None = None,
    competency: str | None = None,
    skill_area: str | None = None,
    course: str | None = None,
    focus: str | None = None,
    language: str | None = None,
    host_kind: HostKind | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
) -> LessonFilters:
    """What a list asks for. `course`: lessons that share one of its competencies at least."""
    taxonomy = await get_taxonomy(session)
    sets = [{competency}] if competency else []
    if skill_area:
        sets.append(set(_of_area(taxonomy, skill_area)))
    if course:
        sets.append(await competencies_of(session, course))
    wanted = tuple(sorted(set.intersection(*sets))) if sets else None
    return LessonFilters(
        tuple(search_words(q or "")), wanted, focus or None, language or None, host_kind, from_on, until_on
    )


def _of_area(taxonomy: Taxonomy, key: str) -> list[str]:
    try:
        return [each.key for each in taxonomy.skill_area(key).competencies]
    except UnknownTag:
        return []


async def competencies_of(session: AsyncSession, course: str) -> set[str]:
    """What a course on offer teaches."""
    ref = await get_course(session, course)
    edition = (await get_editions(session, [ref.version_id]))[ref.version_id]
    return {each.competency for each in edition.course.teaches}


@router.get("/lessons")
async def list_lessons(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(_SELF),
    q: Annotated[str | None, Query(max_length=200, description="Words of the lesson.")] = None,
    competency: OfKey = None,
    skill_area: OfKey = None,
    course: Annotated[
        str | None, Query(max_length=100, description="Lessons that share a competency with it.")
    ] = None,
    focus: OfKey = None,
    language: Annotated[str | None, Query(max_length=10, description="In which it can be read.")] = None,
    host_kind: Annotated[HostKind | None, Query(description="With whom it was held.")] = None,
    from_on: Annotated[Day | None, Query(description="First day of publication.")] = None,
    until_on: Annotated[Day | None, Query(description="Last day of publication.")] = None,
    read_in: Annotated[PageLanguage | None, Query(description="Left out: one's own language.")] = None,
) -> Page[LessonRow]:
    """Published lessons, the newest first; without reviewed translation a lesson comes in its own language."""
    filters = await narrowed(
        session, q=q, competency=competency, skill_area=skill_area, course=course, focus=focus,
        language=language, host_kind=host_kind, from_on=from_on, until_on=until_on,
    )  # fmt: skip
    if q and not filters.words:
        return Page(items=[])
    asked = {"list": "lessons", **asdict(filters)}
    after = turn.after(asked, (date.fromisoformat, UUID))
    reader = read_in or actor.language
    rows = await library.list_lessons(session, filters, reader=reader, after=after, limit=turn.wanted)
    kinds = await library.host_kinds(session, [row.training_id for row in rows])
    return turn.page(
        rows,
        asked,
        key=lambda row: [row.published_on, row.id],
        read=lambda row: lesson_row(row, kinds[row.training_id]),
    )


@router.get("/lessons/{key}")
async def read_lesson(
    key: str,
    session: DbSession,
    actor: Actor = permit(_SELF),
    read_in: Annotated[PageLanguage | None, Query(description="Left out: one's own language.")] = None,
) -> LessonRead:
    """One lesson, and the courses that quote it."""
    row = await library.read_lesson(session, key, reader=read_in or actor.language)
    kinds = await library.host_kinds(session, [row.training_id])
    quoted = [each.key for each in await library.quoted_by(session, key)]
    return lesson_read(row, kinds[row.training_id], quoted)


# -- translations ------------------------------------------------------------------------------------------


async def _lesson_to_translate(session: AsyncSession, training_id: UUID, actor: Actor) -> Lesson:
    return await queries.lock_lesson(session, training_id, actor=actor, permissions=(_HOST, _REVIEW))


@router.post("/joint-trainings/{training_id}/lesson/translations", status_code=status.HTTP_201_CREATED)
async def translate_lesson(
    training_id: UUID, new: TranslationCreate, session: DbSession, actor: Actor = permit(_SELF)
) -> TextRead:
    """Add what the library shows in another language; it counts once somebody else has read it."""
    lesson = await _lesson_to_translate(session, training_id, actor)
    made = await service.translate(
        session, acting=actor, lesson=lesson, language=new.language, words=new.words()
    )
    values = {name: getattr(made, name) for name in TextRead.model_fields if name != "by"}
    return TextRead(**values, by=actor.name)


@router.post(
    "/joint-trainings/{training_id}/lesson/translations/{text_id}/review",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def review_translation(
    training_id: UUID,
    text_id: UUID,
    new: TranslationReviewCreate,
    session: DbSession,
    actor: Actor = permit(_SELF),
) -> None:
    """Have a translation that somebody else made count, or return it with words."""
    lesson = await _lesson_to_translate(session, training_id, actor)
    await service.review_translation(
        session, acting=actor, lesson=lesson, text_id=text_id, accept=new.accept, words=new.words
    )
