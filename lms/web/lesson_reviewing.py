"""Pages on which somebody else reads a lesson before it is published, and translations are made and checked."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.lessons import (
    FIELDS,
    BadLesson,
    LessonNotFound,
    NamesStand,
    NotSubmitted,
    Outcome,
    OwnLesson,
    TranslationNotFound,
    words_from,
)
from lms.joint_trainings.models.lessons import Lesson
from lms.joint_trainings.queries import lesson_library as library
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.trainings import acts_for
from lms.joint_trainings.service import lesson_translations, lessons
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.web import lesson_words
from lms.web.given import Errors, given, texts
from lms.web.lesson_writing import PART_MOST, TITLE_MOST
from lms.web.session import page_permit, redirect, show
from lms.web.templating import errors_by_field

router = APIRouter()
PAGE = 50
_SELF, _HOST, _REVIEW = Permission.SELF, Permission.TRAININGS_HOST, Permission.LESSONS_REVIEW
_EITHER = (_HOST, _REVIEW)


@router.get("/lessons/review")
async def queue(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_REVIEW),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Lessons that wait, the one handed in first; one's own are read by others."""
    after = decode_cursor(cursor, filters={}, parts=(UUID,))
    rows = await queries.waiting_for(session, actor=actor, after=after, limit=PAGE + 1)
    shown = rows[:PAGE]
    context = {
        "rows": shown,
        "today": clock.today(),
        "next_cursor": encode_cursor([shown[-1].text_id], filters={}) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "lessons/queue.html", context)


@router.get("/lessons/review/{training_id:uuid}")
async def review_page(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_REVIEW)
) -> Response:
    """One lesson with whom it names, and the decision."""
    return await _review(request, session, actor, training_id, {}, {})


async def _review(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    training_id: UUID,
    values: Mapping[str, str],
    errors: Errors,
) -> Response:
    row = await queries.get_lesson(session, training_id, actor=actor, permission=_REVIEW)
    words, reader = words_from(row.draft), request.state.language
    its_hosts = await queries.hosts_seen(session, training_id)
    names = await lessons.check_names(session, training_id, row.id, row.language, words)
    taxonomy = await get_taxonomy(session)
    context = {
        "lesson": row,
        "words": words,
        "parts": lesson_words.parts(reader),
        "states": lesson_words.states(reader),
        "outcomes": lesson_words.outcomes(reader),
        "hosts": [each.name for each in its_hosts],
        "named": lesson_words.named(names, reader),
        "refused": bool(names.refused),
        "private_part": row.private_part if queries.reads_private_part(actor, its_hosts) else "",
        "competencies": lesson_words.names_of(taxonomy, row.competencies, "competency", reader),
        "reviews": await queries.reviews_of(session, row.id),
        "is_own": await queries.is_author(session, row.id, actor.person_id),
        "values": values,
        "errors": errors,
    }
    return show(request, "lessons/review.html", context, status=422 if errors else 200)


@router.post("/lessons/review/{training_id:uuid}")
async def decide(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_REVIEW)
) -> Response:
    """Publish it, keep it for its hosts, or return it with words."""
    values = await given(request)
    outcome = values.get("do", "")
    try:
        if outcome not in (Outcome.PUBLISHED, Outcome.KEPT, Outcome.RETURNED):
            raise NotSubmitted()
        lesson = await queries.lock_lesson(session, training_id, actor=actor, permissions=(_REVIEW,))
        if values.get("revision") != str(lesson.revision):
            raise NotSubmitted()
        await lessons.review(
            session, acting=actor, lesson=lesson, outcome=Outcome(outcome), words=values.get("words")
        )
    except DomainError as error:
        await roll_back(session)
        return await _review(request, session, actor, training_id, values, _wrong(request, error))
    _ = texts(request).gettext
    says = {"published": _("The lesson is published."), "kept": _("The lesson is kept for its hosts.")}
    return redirect(request, "/lessons/review", flash=says.get(outcome, _("The lesson is returned.")))


def _wrong(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    words: dict[type[DomainError], Errors] = {
        BadLesson: {"words": _("Say what is to be changed; the authors read it.")},
        NamesStand: {
            "": _("Names stand in the text that may not. Return it, or wait for the hosts’ approval.")
        },
        OwnLesson: {"": _("Somebody who did not write it decides.")},
        NotSubmitted: {"": _("This text does not wait for a decision any more. Open it again.")},
    }
    return words.get(type(error)) or errors_by_field(error.faults) or {"": error.detail}


# -- translations ------------------------------------------------------------------------------------------


async def _lesson(session: AsyncSession, actor: Actor, key: str, language: str) -> tuple[Any, Any]:
    """The lesson in the library, and as it is kept; for others than hosts and reviewers as if it were not there."""
    shown = await library.read_lesson(session, key, reader=language)
    for permission in _EITHER:
        if actor.may(permission):
            row = await queries.find_lesson(session, shown.training_id, actor=actor, permission=permission)
            if row is not None:
                return shown, row
    raise LessonNotFound()


async def _locked(session: AsyncSession, actor: Actor, training_id: UUID) -> Lesson:
    return await queries.lock_lesson(session, training_id, actor=actor, permissions=_EITHER)


@router.get("/lessons/{key}/translate/{language}")
async def translate_page(
    request: Request, key: str, language: str, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """The original, and a form for it in another language."""
    return await _translate(request, session, actor, key, language, {}, {})


async def _translate(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    key: str,
    language: str,
    values: Mapping[str, str],
    errors: Errors,
) -> Response:
    if language not in LANGUAGES:
        raise LessonNotFound()
    shown, _ = await _lesson(session, actor, key, "")
    context = {
        "lesson": shown,
        "parts": lesson_words.parts(request.state.language),
        "into": language,
        "into_name": LANGUAGES[language].own_name,
        "values": values,
        "errors": errors,
        "title_most": TITLE_MOST,
        "part_most": PART_MOST,
    }
    return show(request, "lessons/translate.html", context, status=422 if errors else 200)


@router.post("/lessons/{key}/translate/{language}")
async def translate(
    request: Request, key: str, language: str, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """Keep the translation; it counts once somebody else has checked it."""
    values, _ = await given(request), texts(request).gettext
    shown, _row = await _lesson(session, actor, key, "")
    errors = {
        name: _("This is too long.")
        for name in FIELDS
        if len(values.get(name, "")) > (TITLE_MOST if name == "title" else PART_MOST)
    }
    try:
        if not errors:
            lesson = await _locked(session, actor, shown.training_id)
            await lesson_translations.translate(
                session, acting=actor, lesson=lesson, language=language, words=words_from(values)
            )
    except NamesStand as error:
        errors = dict.fromkeys(
            errors_by_field(error.faults), _("A name stands here that may not. Take it out.")
        )
    except DomainError as error:
        errors = dict.fromkeys(errors_by_field(error.faults), _("Translate this part.")) or {"": error.detail}
    if errors:
        await roll_back(session)
        return await _translate(request, session, actor, key, language, values, errors)
    flash = _("The translation is kept. It is shown once somebody else has checked it.")
    return redirect(request, f"/lessons/{key}", flash=flash)


@router.get("/lessons/{key}/translations/{text_id:uuid}")
async def translation_page(
    request: Request, key: str, text_id: UUID, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """A translation beside its original, and the decision."""
    return await _translation(request, session, actor, key, text_id, {}, {})


async def _translation(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    key: str,
    text_id: UUID,
    values: Mapping[str, str],
    errors: Errors,
) -> Response:
    shown, row = await _lesson(session, actor, key, "")
    made = next((each for each in await queries.texts_by_hand(session, row.id) if each.id == text_id), None)
    if made is None or made.translates_id is None:
        raise TranslationNotFound()
    reader = request.state.language
    words = words_from({name: getattr(made, name) for name in FIELDS})
    names = await lessons.check_names(session, row.training_id, row.id, made.language, words)
    its_hosts = await queries.hosts_seen(session, row.training_id)
    is_inside = any(each.entity_id and acts_for(actor, each, kind) for each in its_hosts for kind in _EITHER)
    asked = [each for each in its_hosts if each.id in names.hosts_to_ask]
    decided = [each for each in await queries.reviews_of(session, row.id) if each.text_id == text_id]
    context = {
        "lesson": shown,
        "made": made,
        "own_name": LANGUAGES[made.language].own_name,
        "parts": lesson_words.parts(reader),
        "outcomes": lesson_words.outcomes(reader),
        "named": lesson_words.named(names if is_inside else names.for_partners(), reader),
        "to_approve": [each.name for each in asked if acts_for(actor, each)],
        "decided": decided,
        "outdated": made.translates_id != row.published_text_id,
        "is_own": made.by_id == actor.person_id,
        "is_inside": is_inside,
        "values": values,
        "errors": errors,
    }
    return show(request, "lessons/translation.html", context, status=422 if errors else 200)


@router.post("/lessons/{key}/translations/{text_id:uuid}")
async def decide_translation(
    request: Request, key: str, text_id: UUID, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """Accept it, return it with words, or, for a host, let it be named there."""
    values, _ = await given(request), texts(request).gettext
    shown, _row = await _lesson(session, actor, key, "")
    address, act = f"/lessons/{key}/translations/{text_id}", values.get("do", "")
    try:
        lesson = await _locked(session, actor, shown.training_id)
        if act == "approve":
            await lessons.approve(session, acting=actor, lesson=lesson, digest=values.get("digest", ""))
            return redirect(
                request, address, flash=_("Approved. If the text changes in the least, you are asked again.")
            )
        await lesson_translations.review_translation(
            session,
            acting=actor,
            lesson=lesson,
            text_id=text_id,
            accept=act == "accept",
            words=values.get("words"),
        )
    except DomainError as error:
        await roll_back(session)
        wrong = _wrong(request, error)
        return await _translation(request, session, actor, key, text_id, values, wrong)
    says = (
        _("The translation is shown from now on.") if act == "accept" else _("The translation is returned.")
    )
    return redirect(request, f"/lessons/{key}", flash=says)
